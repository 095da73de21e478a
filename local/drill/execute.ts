/** Runs the very state machine of the failover on this machine, with the functions that its Lambdas run. */
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Machine, StateDefinition, TaskState } from '../../dr/asl.ts';
import type { Config } from '../../dr/config.ts';
import { type Call, functions } from '../../dr/functions.ts';
import type { FunctionName } from '../../dr/lambdas.ts';
import { machine } from '../../dr/machine.ts';
import type { Ports } from '../../dr/ports.ts';
import type { Input, State } from '../../dr/types.ts';
import { failoverFunctions, integrations, writerEpochSecret } from '../../overlays/names.ts';

const names = Object.fromEntries(failoverFunctions.map((name) => [name, name])) as Record<FunctionName, string>;

/** A state that the execution was in: milliseconds since 1970. */
export type Entered = { at: number; state: string };
export type Execution = { ended: string; state: State | undefined; path: Entered[] };

function tasksOf({ States }: Machine): Record<string, TaskState> {
  const found: Record<string, TaskState> = {};
  for (const [name, state] of Object.entries(States) as [string, StateDefinition][]) {
    if (state.Type === 'Task') found[name] = state;
    if (state.Type === 'Parallel') for (const branch of state.Branches) Object.assign(found, tasksOf(branch));
  }
  return found;
}

type Given = {
  input: Input;
  execution: string;
  ports: Ports;
  config: Config;
  /** In place of the secret that the pods of Seoul read. */
  fence: (epoch: number) => Promise<void>;
  /** Seconds in place of the machine's own wait; a story has no time for them. */
  wait: number | undefined;
  onState: (state: string) => void;
};
export async function execute({ input, execution, ports, config, fence, wait, onState }: Given): Promise<Execution> {
  const definition = machine({ functions: names, writerEpoch: writerEpochSecret });
  let last: State | undefined;
  const call = async (name: FunctionName, given: Call): Promise<unknown> => {
    last = given.state ?? last;
    const run = functions[name] as (call: Call, ports: Ports, config: Config) => Promise<unknown>;
    try {
      // What crosses to a Lambda and back is JSON.
      return JSON.parse(JSON.stringify((await run(given, ports, config)) ?? null));
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      throw Object.assign(new Error(JSON.stringify({ errorType, errorMessage })), { name: errorType });
    }
  };
  const handler =
    ({ Resource }: TaskState) =>
    async (given: unknown) => {
      if (Resource === integrations.putSecretValue) {
        const { epoch } = JSON.parse((given as { SecretString: string }).SecretString) as { epoch: number };
        await fence(epoch);
        return {};
      }
      if (Resource === integrations.invoke) {
        const { FunctionName: name, Payload } = given as { FunctionName: FunctionName; Payload: Call };
        // The machine does not wait for it.
        void call(name, Payload).catch((error: Error) => console.error(`${name}: ${error.message}`));
        return { StatusCode: 202 };
      }
      return call(Resource as FunctionName, given as Call);
    };
  const handlers = Object.entries(tasksOf(definition)).map(([name, task]) => [name, handler(task)] as const);
  const running = new StateMachine(definition as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  }).run(input as never, {
    context: { Execution: { Id: execution } },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(handlers) as never,
      ...(wait === undefined ? {} : { waitTimeOverrides: { Stabilise: wait * 1000 } }),
    },
  });
  const path: Entered[] = [];
  const follow = (async () => {
    for await (const event of running.eventLogs)
      if (event.type === 'StateEntered') {
        path.push({ at: event.timestamp, state: event.state.name });
        onState(event.state.name);
      }
  })();
  let ended: string;
  try {
    last = (await running.result) as unknown as State;
    ended = last.outcome?.result ?? 'unknown';
  } catch (error) {
    ended = `${((error as Error).cause as Error | undefined)?.name ?? (error as Error).name}`;
  }
  await follow;
  return { ended, state: last, path };
}
