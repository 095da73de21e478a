import { expect, test } from '@jest/globals';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { failoverFunctions, writerEpochSecret } from '../overlays/names.ts';
import type { Machine, StateDefinition, TaskState } from './asl.ts';
import { functions } from './functions.ts';
import type { FunctionName } from './lambdas.ts';
import { lambdas, scheduled } from './lambdas.ts';
import { lint, longestPath, nextOf } from './lint.ts';
import { machine, machineSeconds } from './machine.ts';
import { waitSeconds } from './machine-act.ts';
import { todo } from './sns-notify-dr/event.ts';
import { branches, steps } from './types.ts';

const arn = (name: string) => `arn:aws:lambda:ap-northeast-1:111122223333:function:${name}`;
const arns = Object.fromEntries(failoverFunctions.map((name) => [name, arn(name)])) as Record<FunctionName, string>;
const made = machine({ functions: arns, writerEpoch: writerEpochSecret });
const copy = (): Machine => structuredClone(made);
const tasksOf = ({ States }: Machine): [string, TaskState][] =>
  (Object.entries(States) as [string, StateDefinition][]).flatMap(([name, state]) =>
    state.Type === 'Task'
      ? [[name, state] as [string, TaskState]]
      : state.Type === 'Parallel'
        ? state.Branches.flatMap(tasksOf)
        : [],
  );

test('a validator of the States Language takes the machine, and our own lint finds nothing', () => {
  // The interpreter's own, asl-validator, with its paths and ARNs.
  expect(() => new StateMachine(made as unknown as StateMachineDefinition)).not.toThrow();
  expect(lint(made)).toEqual([]);
});

test('its definition is far below the limit of 1 MB, and has no state that Step Functions would not name', () => {
  expect(JSON.stringify(made).length).toBeLessThan(100_000);
  for (const name of Object.keys(made.States)) expect(name.length).toBeLessThanOrEqual(80);
});

const task = (of: Machine, name: string) => of.States[name] as TaskState;
const breaks: [string, (broken: Machine) => void, RegExp][] = [
  [
    'a task without a timeout',
    (broken) => {
      delete (task(broken, 'Promote') as Partial<TaskState>).TimeoutSeconds;
    },
    /Promote: given no TimeoutSeconds/,
  ],
  [
    'a task without a retry',
    (broken) => {
      task(broken, 'Promote').Retry = [];
    },
    /Promote: given no Retry/,
  ],
  [
    'a task without a catch',
    (broken) => {
      delete task(broken, 'Promote').Catch;
    },
    /Promote: given no Catch/,
  ],
  [
    'a catch that States.ALL does not end',
    (broken) => {
      task(broken, 'Switch traffic').Catch?.reverse();
    },
    /Switch traffic: Catch: given no States.ALL at its end/,
  ],
  [
    'a state that is not there',
    (broken) => {
      delete broken.States.Settle;
    },
    /goes to Settle, which is not there/,
  ],
  [
    'a state that nothing leads to',
    (broken) => {
      broken.States.Left = { Type: 'Succeed' };
    },
    /Left: nothing leads to it/,
  ],
  [
    'a machine that may run for ever',
    (broken) => {
      delete broken.TimeoutSeconds;
    },
    /TimeoutSeconds: given undefined, allowed 930/,
  ],
  [
    'a probe without a retry',
    (broken) => {
      for (const [name, probe] of tasksOf(broken)) if (name === 'aurora-healthcheck-seoul') probe.Retry = [];
    },
    /Probe: aurora-healthcheck-seoul: given no Retry/,
  ],
  [
    'retries of everything',
    (broken) => {
      task(broken, 'Promote').Retry[0]?.ErrorEquals.push('States.ALL');
    },
    /Promote: Retry: given States.ALL/,
  ],
];
test.each(breaks)('the lint finds %s', (_, breakIt, found) => {
  const broken = copy();
  breakIt(broken);
  expect(lint(broken).join('\n')).toMatch(found);
});

test('the longest way through it, with every try to its limit, ends before the machine does', () => {
  expect(longestPath(made)).toBeLessThan(machineSeconds - 10);
});

test('a function ends before its state does, so that its own error arrives', () => {
  for (const [name, task] of tasksOf(made)) {
    const called = failoverFunctions.find((each) => arn(each) === task.Resource);
    if (called) expect([name, lambdas[called].timeoutSeconds < task.TimeoutSeconds]).toEqual([name, true]);
  }
});

test('every function is called by a state, but for those of a schedule; each has a folder with its handler', async () => {
  const called = JSON.stringify(made);
  for (const name of failoverFunctions) {
    expect([name, called.includes(`"${arn(name)}"`)]).toEqual([name, !scheduled.includes(name)]);
    const { handler } = (await import(`./${name}/handler.ts`)) as { handler: unknown };
    expect(typeof handler).toBe('function');
    expect(functions[name]).toBeDefined();
    expect(lambdas[name].source).toBe(`dr/${name}/handler.ts`);
  }
});

test('between the promotion and the traffic there are the wait and the look whether Tokyo writes, on every way', () => {
  const ways = (from: string, seen: string[] = []): string[][] => {
    const next = [...new Set(nextOf(made.States[from] as StateDefinition))].filter(
      (name) => !name.startsWith('Failed'),
    );
    const path = [...seen, from];
    return from === 'Switch traffic' || next.length === 0 ? [path] : next.flatMap((name) => ways(name, path));
  };
  const live = ways('Promoted?').filter((path) => path.includes('Stabilise'));
  expect(live).toEqual([['Promoted?', 'Stabilise', 'Confirm writer', 'Tell promoted', 'Switch traffic']]);
  expect(made.States.Stabilise).toMatchObject({ Type: 'Wait', Seconds: waitSeconds });
});

test('each branch has its state, and each step that may fail says what a person does then', () => {
  for (const branch of branches) expect(made.States[branch]).toMatchObject({ Type: 'Pass', Result: branch });
  for (const step of steps) expect(todo[step].length).toBeGreaterThan(20);
});
