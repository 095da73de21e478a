import { type Rule, stepsOf } from './placed.ts';

/** A Tekton variable, which Tekton replaces before the step starts. A shell's command substitution has a space or a slash, or no dot. */
const variable =
  /\$\(\s*(?:params|tasks|context|workspaces|results|steps|step|outputs|inputs|finally|tt)\s*[.[][^)]*\)/;
const interpreter = /(?:^|\/)(?:sh|bash|ash|dash|busybox|node|python3?|perl|ruby)$/;

/**
 * No script contains a Tekton variable: whoever names a branch could run code. Values reach a script as environment variables, or as
 * arguments after the script.
 */
export const noVariablesInScripts: Rule = (tree) =>
  tree.flatMap(({ path, object }) =>
    stepsOf(object).flatMap(({ name, script, command = [], args = [] }) => {
      const line: string[] = [...command, ...args];
      // The script is the argument after -c or -e; later arguments are data.
      const flag = interpreter.test(line[0] ?? '') ? line.findIndex((word) => /^-\w*[ce]$/.test(word)) : -1;
      const texts = [script ?? '', ...(flag >= 0 ? [line[flag + 1] ?? ''] : [])];
      return texts
        .map((text) => variable.exec(text)?.[0])
        .filter((found) => found !== undefined)
        .map((found) => `${path}: step ${name} has ${found} in its script; pass it as an environment variable`);
    }),
  );
