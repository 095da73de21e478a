import { type RunOptions, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { failoverFunctions, integrations, writerEpochSecret } from '../overlays/names.ts';
import type { Machine, StateDefinition, TaskState } from './asl.ts';
import type { Config } from './config.ts';
import { type Call, functions } from './functions.ts';
import type { FunctionName } from './lambdas.ts';
import { machine } from './machine.ts';
import type { Ports } from './ports.ts';
import type { State } from './types.ts';

export type LocalRun = {
  ports: Ports;
  config: Config;
  /** Writes the number of the failover to where pods read it. */
  fence(epoch: number): Promise<void>;
  /** As AWS would pass it to the machine. */
  input: unknown;
  /** Names the run in the lock and in messages; `ports.isRunning` knows it. */
  execution: string;
  /** Called when a task or a wait begins. */
  onState?: (name: string, at: Date) => void;
  /** Milliseconds of the wait and of pauses between tries in place of their own, for tests. */
  pauses?: number;
};

/** Where there is no AWS, a function's ARN is its name. */
const names = Object.fromEntries(failoverFunctions.map((name) => [name, name])) as Record<FunctionName, string>;

/** The tasks and waits of a machine, those in its branches too. */
export function workOf({ States }: Machine): [string, Extract<StateDefinition, { Type: 'Task' | 'Wait' }>][] {
  return (Object.entries(States) as [string, StateDefinition][]).flatMap(([name, state]) => {
    if (state.Type === 'Parallel') return state.Branches.flatMap(workOf);
    return state.Type === 'Task' || state.Type === 'Wait' ? [[name, state] as [string, typeof state]] : [];
  });
}

/**
 * Runs the machine of AWS on this computer, in real time: its very definition in an interpreter of the States Language, and the very
 * functions, over whatever ports. Gives its document at the end, with how it ended; throws only for faults of the machine itself.
 */
export async function runLocally({
  ports,
  config,
  fence,
  input,
  execution,
  onState,
  pauses,
}: LocalRun): Promise<State & Required<Pick<State, 'outcome'>>> {
  const definition = machine({ functions: names, writerEpoch: writerEpochSecret });
  let last: State | undefined;
  const call = async (name: FunctionName, given: Call) => {
    // Only the last message of a run is sent while the machine waits for it.
    if (given.action === 'ended') last = given.state;
    const run = functions[name] as (call: Call, ports: Ports, config: Config) => Promise<unknown>;
    return JSON.parse(JSON.stringify((await run(given, ports, config)) ?? null));
  };
  const perform = async ({ Resource }: TaskState, given: Record<string, unknown>): Promise<unknown> => {
    if (Resource === integrations.putSecretValue)
      return fence((JSON.parse(given.SecretString as string) as { epoch: number }).epoch);
    if (Resource !== integrations.invoke) return call(Resource as FunctionName, given as Call);
    // Asynchronous, as Lambda has it: nobody waits for the answer.
    void call(given.FunctionName as FunctionName, given.Payload as Call).catch(() => {});
    return { StatusCode: 202 };
  };
  const work = workOf(definition);
  const handlers = work.flatMap(([name, state]) => {
    if (state.Type !== 'Task') return [];
    const handler = async (given: unknown) => {
      onState?.(name, ports.now());
      return ((await perform(state, given as Record<string, unknown>)) ?? null) as never;
    };
    return [[name, handler] as const];
  });
  const shortened = Object.fromEntries(pauses === undefined ? [] : work.map(([name]) => [name, pauses]));
  const overrides: NonNullable<RunOptions['overrides']> = {
    taskResourceLocalHandlers: Object.fromEntries(handlers),
    waitTimeOverrides: shortened,
    retryIntervalOverrides: shortened,
  };
  const interpreter = new StateMachine(definition as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const running = interpreter.run(input as never, { overrides, context: { Execution: { Id: execution } } });
  await running.result.catch((error: Error) => {
    // A run that ends in a state Fail has said why.
    if (!last) throw error;
  });
  const outcome = last?.outcome;
  if (!outcome) throw new Error(`${execution}: given no outcome, allowed one from the state Report`);
  return { ...last, outcome };
}
