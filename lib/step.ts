import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { exitStatusOf, faultText } from './errors.ts';
import { resultVariable, type Variable } from './kube/variables.ts';
import { oneLine } from './text.ts';

/**
 * How a program of a step begins and ends, by Tekton's protocol: variables in, results as files, an exit status. What it may read and has to
 * write follows from its Task, so a variable or a result that the Task does not declare does not compile.
 */

/** Bytes. Kubernetes keeps 4 KiB of a container's last words, and Tekton puts all results of a Task there, as JSON. */
const limits = { results: 3_000, reason: 900 };

/** The file in the folder VERDICT that says why an attempt refused for good; shell steps read and write it too (step.sh). */
export const verdictFile = '.refused';

/** Why a step passes nothing on. The reason goes to the log and to the result `reason`, which the notifier sends. */
export class Refused extends Error {
  override name = 'Refused';
  readonly status: number;
  readonly final: boolean;
  readonly results: Readonly<Record<string, string>>;
  /** `final`: a fact that no later attempt changes; it is remembered in VERDICT. `results` are written all the same. */
  constructor(status: number, reason: string, more: { final?: boolean; results?: Record<string, string> } = {}) {
    super(reason);
    this.status = status;
    this.final = more.final ?? false;
    this.results = more.results ?? {};
  }
}

/** Exit status where the environment is not what the Task promises. */
export const environmentStatus = 2;

type Schema = v.GenericSchema<string, unknown>;
type Schemas = Record<string, Schema>;
type Values<E extends Schemas> = { [key in keyof E]: v.InferOutput<E[key]> };

/** Any text, also none. Somebody else judges it. */
export const anyText = v.string();
/** `allowed` says in words what may be given; it stands in the fault. */
export const text = (allowed: string, pattern = /\S/) => v.pipe(v.string(), v.regex(pattern, allowed));
/** Its value is never shown, and is replaced in everything that the program says. */
export const anySecret = v.pipe(v.string(), v.metadata({ secret: true }));
export const secret = (allowed: string) => v.pipe(anySecret, v.regex(/\S/, allowed));
export const url = v.pipe(
  v.string(),
  v.check((given) => URL.canParse(given) && /^https?:$/.test(new URL(given).protocol), 'an http(s) URL'),
);
export const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, `a whole number from ${least} to ${most}`),
    v.transform(Number),
    v.minValue(least, `a whole number from ${least} to ${most}`),
    v.maxValue(most, `a whole number from ${least} to ${most}`),
  );
/** Words with a blank between them; `pattern` is that of one. */
export const list = (allowed: string, pattern: RegExp) =>
  v.pipe(
    v.string(),
    v.transform((words) => words.split(' ').filter(Boolean)),
    v.check((words) => words.length > 0 && words.every((word) => pattern.test(word)), allowed),
  );

const isSecret = (schema: Schema): boolean => (v.getMetadata(schema as never) as { secret?: true }).secret === true;

// biome-ignore lint/suspicious/noConfusingVoidType: what a function without return gives
type Written<R extends string> = [R] extends [never] ? void : Record<R, string>;

type Definition<E extends Schemas, R extends string> = {
  /** What lines of the log begin with: the name of the Task or job. */
  name: string;
  env: E;
  /** The results that a run which passes writes. */
  results?: readonly R[];
  /** Faults of several variables together, or of those that have a judge already. */
  faults?: (given: { [key in keyof E]: string }) => string[];
  /** What an error means that is no refusal itself; without it, the exit status that the error names, or 1. */
  refusal?: (error: Error) => Refused;
  /** `complain` writes a line to the log, where a fault of a part ends nothing. */
  run: (env: Values<E>, complain: (line: string) => void) => Promise<Written<R>> | Written<R>;
};

/** Runs a program by the environment of this process, and sets its exit status. Never throws. */
export async function runProgram<E extends Schemas, R extends string = never>(
  definition: Definition<E, R>,
): Promise<void> {
  const { name, env, results = [], faults: judge, refusal, run } = definition;
  const given = Object.fromEntries(Object.keys(env).map((key) => [key, process.env[key] ?? '']));
  const secrets = Object.entries(env).flatMap(([key, schema]) => (isSecret(schema) ? [given[key] as string] : []));
  const safe = (line: string) =>
    secrets
      .map((value) => value.trim())
      .filter(Boolean)
      .reduce((all, value) => all.replaceAll(value, '***'), line);
  const complain = (line: string) => console.error(`${name}: ${safe(oneLine(line, 2_000))}`);
  try {
    const [values, faults] = read(env, given);
    const missing = results.map(resultVariable).filter((path) => !process.env[path]);
    const all = [
      ...(judge?.(given as { [key in keyof E]: string }) ?? []),
      ...faults,
      ...missing.map((what) => faultText({ what, given: undefined, allowed: 'the path of a file' })),
    ];
    if (all.length > 0) throw new Refused(environmentStatus, `environment variables: ${all.join('; ')}`);
    try {
      write((await run(values as Values<E>, complain)) ?? {});
    } catch (error) {
      throw error instanceof Refused || !refusal ? error : refusal(error as Error);
    }
  } catch (error) {
    end(error instanceof Refused ? error : new Refused(exitStatusOf(error), (error as Error).message));
  }

  function end({ status, message, final, results }: Refused): void {
    process.exitCode = status;
    complain(message);
    const reason = cut(safe(oneLine(message, limits.reason)), limits.reason);
    write(results);
    if (process.env.RESULT_REASON_PATH) writeFileSync(process.env.RESULT_REASON_PATH, reason);
    const { VERDICT } = process.env;
    if (!final || !VERDICT) return;
    const file = join(VERDICT, verdictFile);
    // Whole, or not at all.
    writeFileSync(`${file}.new`, reason);
    renameSync(`${file}.new`, file);
  }
}

function read(env: Schemas, given: Record<string, string>): [Record<string, unknown>, string[]] {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [what, schema] of Object.entries(env)) {
    const parsed = v.safeParse(schema, given[what], { abortEarly: true });
    if (parsed.success) values[what] = parsed.output;
    else {
      const shown = isSecret(schema) && given[what] ? {} : { given: given[what] };
      faults.push(faultText({ what, ...shown, allowed: parsed.issues[0].message }));
    }
  }
  return [values, faults];
}

function write(results: Readonly<Record<string, string>>): void {
  const size = Object.values(results).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > limits.results) throw new Error(`results: given ${size} bytes, allowed ${limits.results}`);
  for (const [result, text] of Object.entries(results)) writeFileSync(process.env[resultVariable(result)] ?? '', text);
}

/** So many bytes of a text at most, in whole characters. */
const cut = (text: string, bytes: number): string => {
  const head = Buffer.from(text).subarray(0, bytes).toString();
  return Buffer.byteLength(text) > bytes ? head.replace(/\ufffd$/, '') : text;
};

type Declared = {
  params: object;
  results: object;
  steps: readonly { name: string; env?: object; secrets?: object }[];
};
type TaskOf<F> = F extends (...args: never[]) => infer T ? (T extends Declared ? T : never) : never;
type Keys<T> = T extends object ? keyof T & string : never;
type StepOf<T extends Declared, N extends string> = Extract<T['steps'][number], { name: N }>;
type TextParams<P> = { [key in keyof P & string]: P[key] extends string ? key : never }[keyof P & string];
/** The variables that a step of a Task has. */
export type StepVariables<T extends Declared, N extends string> =
  | Variable<TextParams<T['params']>>
  | (StepOf<T, N> extends infer S
      ? S extends { env?: infer E; secrets?: infer X }
        ? Keys<E> | Keys<X>
        : never
      : never);

/** Runs the program of a job, which reads every variable that the job declares and no other. */
export const jobOf =
  <Variables extends string>() =>
  <E extends { [key in Variables]: Schema }>(
    definition: Definition<E, never> & { env: { [key in keyof E]: key extends Variables ? Schema : never } },
  ): Promise<void> =>
    runProgram(definition);

/** Runs the program of a step, by its Task: `await stepOf<typeof release, 'write'>()({ … })`. */
export const stepOf =
  <F, N extends string>() =>
  <E extends Schemas, R extends Exclude<keyof TaskOf<F>['results'] & string, 'reason'> = never>(
    definition: Definition<E, R> & {
      env: { [key in keyof E]: key extends StepVariables<TaskOf<F>, N> ? Schema : never };
    },
  ): Promise<void> =>
    runProgram(definition);
