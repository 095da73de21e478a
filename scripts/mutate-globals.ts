import { format } from 'node:util';
import { expect } from 'expect';
import { ModuleMocker } from 'jest-mock';

/** What tests import from `@jest/globals`, for a runner that keeps its process: as much as the tests of this repository use. */
type Step = (...given: never[]) => unknown;
type Test = { kind: 'test'; name: string; run: Step };
type Hooks = { beforeAll: Step[]; beforeEach: Step[]; afterEach: Step[]; afterAll: Step[] };
export type Block = { kind: 'block'; name: string; hooks: Hooks; parts: (Block | Test)[] };

const block = (name: string): Block => ({
  kind: 'block',
  name,
  hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] },
  parts: [],
});
let current = block('');

/** The tests that a module declares while it is loaded. */
export async function declared(name: string, load: () => Promise<unknown>): Promise<Block> {
  current = block(name);
  const whole = current;
  await load();
  return whole;
}

type Declare = (name: string, run: Step) => void;
/** Rows that are all lists are lists of arguments, as in jest; each row has a name of its own. */
const each =
  (declare: Declare) =>
  (rows: readonly unknown[]) =>
  (name: string, run: Step): void => {
    const lists = rows.every((row) => Array.isArray(row));
    for (const [index, row] of rows.entries()) {
      const given = (lists ? row : [row]) as never[];
      declare(`${format(name, ...given)} #${index}`, () => run(...given));
    }
  };

const declareTest: Declare = (name, run) => void current.parts.push({ kind: 'test', name, run });
const declareBlock: Declare = (name, run) => {
  const outer = current;
  current = block(name);
  outer.parts.push(current);
  run();
  current = outer;
};
export const test = Object.assign(declareTest, { each: each(declareTest) });
export const describe = Object.assign(declareBlock, { each: each(declareBlock) });
export const beforeAll = (run: Step) => void current.hooks.beforeAll.push(run);
export const beforeEach = (run: Step) => void current.hooks.beforeEach.push(run);
export const afterEach = (run: Step) => void current.hooks.afterEach.push(run);
export const afterAll = (run: Step) => void current.hooks.afterAll.push(run);

const mocker = new ModuleMocker(globalThis);
export const jest = {
  fn: mocker.fn.bind(mocker),
  spyOn: mocker.spyOn.bind(mocker),
  restoreAllMocks: mocker.restoreAllMocks.bind(mocker),
};
export { expect };

/** Runs a step of a test: fails if the step does, never throws. */
export type Guard = (step: () => unknown) => Promise<Error | undefined>;
export type Result = { id: string; fault?: Error };
type Run = {
  /** Whether a test is wanted; none after the first fault, if that is enough. */
  wanted: (id: string) => boolean;
  guard: Guard;
  begin: (id: string) => void;
  end: (result: Result) => void;
};

/** The tests of a block with their hooks, one after the other, in the order of jest. */
export async function run(part: Block, by: Run, path = '', around: Hooks[] = []): Promise<void> {
  const at = `${path}${part.name} › `;
  const ids = (of: Block, prefix: string): string[] =>
    of.parts.flatMap((one) => (one.kind === 'test' ? prefix + one.name : ids(one, `${prefix}${one.name} › `)));
  if (!ids(part, at).some(by.wanted)) return;
  const steps = async (list: Step[]) => {
    let fault: Error | undefined;
    for (const step of list) fault = (await by.guard(step as () => unknown)) ?? fault;
    return fault;
  };
  const all = [...around, part.hooks];
  const before = await steps(part.hooks.beforeAll);
  let last: string | undefined;
  for (const one of part.parts) {
    if (one.kind === 'block') {
      await run(one, by, at, all);
      continue;
    }
    const id = at + one.name;
    if (!by.wanted(id)) continue;
    last = id;
    by.begin(id);
    let fault = before ?? (await steps(all.flatMap(({ beforeEach }) => beforeEach)));
    fault ??= await by.guard(one.run as () => unknown);
    const after = await steps(all.toReversed().flatMap(({ afterEach }) => afterEach));
    fault ??= after;
    by.end(fault ? { id, fault } : { id });
  }
  const fault = await steps(part.hooks.afterAll);
  if (fault && last) by.end({ id: last, fault });
}
