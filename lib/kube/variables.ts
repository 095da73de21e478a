/** How params and results of a Task are called in Tekton, and in the environment of its steps. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
export const variable = (name: string): string => kebab(name).replaceAll('-', '_').toUpperCase();
/** Has the path of the file that a step writes a result to. */
export const resultVariable = (name: string): string => `RESULT_${variable(name)}_PATH`;

type Snake<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${First}`}${Snake<Rest>}`
  : '';
/** `variable` for the compiler. */
export type Variable<Name extends string> = Uppercase<Snake<Name>>;

/**
 * In every step. A pod has no locale, and without one a compiler, a scanner and a report take the name of a file or a test for ASCII: Maven
 * compiles no class of a Korean name. All C libraries have this one.
 */
export const utf8 = { name: 'LANG', value: 'C.UTF-8' };
