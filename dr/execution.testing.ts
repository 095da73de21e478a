/** Runs the generated machine in an interpreter of the Amazon States Language, with the real functions over the model of a proof. */
import { type RunOptions, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { failoverFunctions, integrations, writerEpochSecret } from '../overlays/names.ts';
import type { Machine, StateDefinition, TaskState } from './asl.ts';
import { awsCapacity } from './aws/capacity.ts';
import { tokyo } from './aws/clients.ts';
import { awsDatabase } from './aws/database.ts';
import { awsIsRunning, awsLock } from './aws/lock.ts';
import { notifyAws } from './aws/notify.ts';
import { awsSeoul } from './aws/probes.ts';
import { awsTraffic } from './aws/traffic.ts';
import { awsWriterEpoch } from './aws/writer-epoch.ts';
import type { Config } from './config.ts';
import { type Call, functions } from './functions.ts';
import { type FunctionName, lambdas } from './lambdas.ts';
import { machine } from './machine.ts';
import { account, arns, clientOf, type Invocation, type Model } from './model.testing.ts';
import type { Ports } from './ports.ts';
import type { State } from './types.ts';
import type { Variable } from './variables.ts';

export const epoch = Date.parse('2026-12-01T00:00:00Z');
export const timeAt = (seconds: number) => new Date(epoch + seconds * 1000).toISOString();

export const values: Record<Variable, string> = {
  DR_ACCOUNT: account,
  DR_MODES: 'live,dry-run',
  DR_LIVE: 'armed',
  DR_LOCK_TABLE: 'lock',
  DR_WRITER_EPOCH: writerEpochSecret,
  DR_SECRETS_KEY: 'arn:key/secrets',
  DR_GLOBAL_DATABASE: 'reserve-db-global',
  DR_DATABASE_SEOUL: arns.seoul,
  DR_DATABASE_TOKYO: arns.tokyo,
  DR_DATABASE_HOST_SEOUL: 'writer.seoul.test',
  DR_APP_SEOUL: 'https://seoul.test/health',
  DR_APP_TOKYO: 'https://tokyo.test/health',
  DR_ENTRANCE_TOKYO: 'edge.tokyo.test',
  DR_ENTRANCE_NAME: 'api-origin.test',
  DR_CANARY_TOKEN: 'https://staff.test/oauth2/token',
  DR_CANARY_SECRET: 'entrance/canary',
  DR_ACCELERATOR: arns.accelerator,
  DR_ENDPOINT_GROUP_SEOUL: arns.groups.seoul,
  DR_ENDPOINT_GROUP_TOKYO: arns.groups.tokyo,
  DR_ENDPOINT_SEOUL: arns.balancers.seoul,
  DR_ENDPOINT_TOKYO: arns.balancers.tokyo,
  DR_CLUSTER: 'dr-eks-cluster',
  DR_NODE_GROUP: 'dr-nodegroup',
  DR_NODES: '6',
  DR_TOPIC: 'arn:topic',
  DR_SLACK_SECRET: '',
  DR_SERVICES: 'booking,ticket,live',
  DR_TARGET_GROUPS_TOKYO: 'arn:targets/ingress/1',
  DR_PROBER: 'witness',
  DR_ROLES: 'arn:role/',
};
export const config: Config = (name) => values[name];

/** ARNs for a proof: the name of the function is its ARN. */
const names = Object.fromEntries(failoverFunctions.map((name) => [name, name])) as Record<FunctionName, string>;
export const definition: Machine = machine({ functions: names, writerEpoch: writerEpochSecret });

/** Machine and functions, so that a proof can put a fault into either. */
export type Subject = { definition: Machine; functions: typeof functions; ports?: (ports: Ports) => Ports };
export const subject: Subject = { definition, functions };

/** What one execution did. */
export type Ended = {
  execution: string;
  terminal: string;
  outcome: State['outcome'];
  branch: State['branch'];
  /** Seconds of the model's clock. */
  from: number;
  to: number;
  /** When it began to say how it ended. */
  reported: number;
  /** Tasks and waits in their order, retries too. */
  path: string[];
  messages: string[];
};

export type Hooks = {
  /** Called before each task; returns `crash` to end the execution there, or what it does before. */
  before?: (task: string, count: number) => Promise<'crash' | undefined> | 'crash' | undefined;
  after?: (task: string, count: number) => 'crash' | undefined;
  /** Gets the name of every state that is entered. */
  entered?: Set<string>;
};

type Runner = { tasks: Map<string, TaskState>; waits: Map<string, number>; machine: StateMachine };
const runners = new WeakMap<Machine, Runner>();

/** Constructing validates and takes long; a machine is made once. */
function runnerOf(of: Machine): Runner {
  const known = runners.get(of);
  if (known) return known;
  const tasks = new Map<string, TaskState>();
  const waits = new Map<string, number>();
  const walk = ({ States }: Machine) => {
    for (const [name, state] of Object.entries(States) as [string, StateDefinition][]) {
      if (state.Type === 'Task') tasks.set(name, state);
      if (state.Type === 'Wait') waits.set(name, state.Seconds);
      if (state.Type === 'Parallel') state.Branches.forEach(walk);
    }
  };
  walk(of);
  const options = { validationOptions: { noValidate: true } };
  const runner = { tasks, waits, machine: new StateMachine(of as unknown as StateMachineDefinition, options) };
  runners.set(of, runner);
  return runner;
}

/** The ports of one invocation, over the clients of the model. */
function portsOf(model: Model, invocation: Invocation): Ports {
  const client = clientOf(model, invocation);
  const now = () => new Date(epoch + invocation.now * 1000);
  const shared = { rds: client, cloudwatch: client };
  const sight = async (seen: 'ok' | 'fail' | 'unknown') => {
    // Two attempts of two seconds where nothing answers.
    if (seen === 'fail') invocation.now = Math.max(invocation.now, invocation.now + 4);
    return seen;
  };
  // Made when a function takes them: most take one or two.
  return {
    now,
    get seoul() {
      return awsSeoul(config, now, shared, {
        speaksPostgres: async () => model.sights.writer,
        answerHttp: async () => model.sights.app,
      });
    },
    get database() {
      return awsDatabase(config, now, shared);
    },
    get traffic() {
      return awsTraffic(config, client);
    },
    get capacity() {
      return awsCapacity(config, client);
    },
    tokyoApp: () => sight(model.tokyoApp),
    get lock() {
      return awsLock(config, client);
    },
    isRunning: awsIsRunning(client),
    writerEpoch: awsWriterEpoch(config, client),
    notify: (event) => notifyAws(event, config, { sns: client, secrets: client }),
    entrance: undefined as never,
    standby: undefined as never,
    publish: undefined as never,
    sleep: undefined as never,
  };
}

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

/** One execution from its start to its end, or to where a hook lets it crash. */
export async function execute(
  model: Model,
  input: unknown,
  execution: string,
  hooks: Hooks = {},
  of: Subject = subject,
): Promise<Ended> {
  const { tasks, waits, machine: interpreter } = runnerOf(of.definition);
  const ended: Ended = {
    execution,
    terminal: '',
    outcome: undefined,
    branch: undefined,
    from: model.now,
    to: 0,
    reported: 0,
    path: [],
    messages: [],
  };
  const failed = new Map<string, { error: string; tries: number[] }>();
  let count = 0;
  model.running.add(execution);

  /** The pause that the interpreter skipped before this try; jitter at its longest. */
  function pause(name: string, { Retry }: TaskState): number {
    const last = failed.get(name);
    if (!last) return 0;
    const index = Retry.findIndex(({ ErrorEquals }) => ErrorEquals.includes(last.error));
    const retrier = Retry[index];
    if (!retrier) return 0;
    const before = last.tries[index] ?? 0;
    last.tries[index] = before + 1;
    return Math.min(
      retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY,
      retrier.IntervalSeconds * retrier.BackoffRate ** before,
    );
  }

  async function invoke(name: FunctionName, call: Call, invocation: Invocation): Promise<unknown> {
    const ports = portsOf(model, invocation);
    const run = of.functions[name] as (call: Call, ports: Ports, config: Config) => Promise<unknown>;
    const answer = await run(call, of.ports ? of.ports(ports) : ports, config);
    // What crosses from Lambda is JSON; what crosses to it the interpreter has copied.
    return JSON.parse(JSON.stringify(answer ?? null));
  }

  const task = (name: string, state: TaskState) => async (input: unknown) => {
    const start = model.now + pause(name, state);
    model.now = start;
    ended.path.push(name);
    count++;
    if ((await hooks.before?.(name, count)) === 'crash') {
      running.abort();
      return {};
    }
    const began = Math.max(start, model.now);
    const invocation: Invocation = { now: began + 0.1, deadline: Number.POSITIVE_INFINITY, by: execution, from: name };
    try {
      const answer = await perform(name, state, input as Record<string, unknown>, invocation);
      if (invocation.now > began + state.TimeoutSeconds) throw named('States.Timeout', '');
      model.now = Math.max(model.now, invocation.now);
      failed.delete(name);
      if (hooks.after?.(name, count) === 'crash') running.abort();
      return answer as never;
    } catch (cause) {
      model.now = Math.max(model.now, Math.min(invocation.now, began + state.TimeoutSeconds));
      const { name: error } = cause as Error;
      failed.set(name, { error, tries: failed.get(name)?.tries ?? [] });
      if (hooks.after?.(name, count) === 'crash') running.abort();
      throw cause;
    }
  };

  async function perform(
    name: string,
    state: TaskState,
    input: Record<string, unknown>,
    invocation: Invocation,
  ): Promise<unknown> {
    if (state.Resource === integrations.putSecretValue) {
      class PutSecretValueCommand {
        input = input;
      }
      return clientOf(model, invocation)(tokyo).send(new PutSecretValueCommand());
    }
    if (state.Resource === integrations.invoke) {
      const {
        FunctionName: called,
        Payload,
        InvocationType,
      } = input as { FunctionName: FunctionName; Payload: Call; InvocationType: string };
      if (InvocationType !== 'Event') throw new Error(`${name}: given ${InvocationType}, allowed Event`);
      ended.messages.push(Payload.action ?? '');
      // On a clock of its own: the machine does not wait for it.
      await invoke(called, Payload, {
        now: invocation.now,
        deadline: Number.POSITIVE_INFINITY,
        by: execution,
        from: called,
      }).catch(() => {});
      return { StatusCode: 202 };
    }
    const called = state.Resource as FunctionName;
    const { timeoutSeconds } = lambdas[called];
    const began = invocation.now;
    invocation.deadline = began + timeoutSeconds;
    invocation.from = called;
    const call = input as Call;
    if (called === 'sns-notify-dr') {
      // Its retries are one message.
      if (!failed.has(name)) {
        ended.messages.push(call.action ?? '');
        ended.reported = began;
      }
      ended.outcome = call.state?.outcome;
      ended.branch = call.state?.branch;
    }
    try {
      const answer = await invoke(called, call, invocation);
      if (invocation.now >= invocation.deadline) throw named('Sandbox.Timedout', '');
      return answer;
    } catch (cause) {
      const { name: errorType, message: errorMessage } = cause as Error;
      const late = invocation.now >= invocation.deadline;
      if (late) invocation.now = invocation.deadline;
      // As Lambda reports it.
      throw late
        ? named('Sandbox.Timedout', '')
        : named(errorType, JSON.stringify({ errorType, errorMessage, trace: [] }));
    }
  }

  const overrides: NonNullable<RunOptions['overrides']> = {
    taskResourceLocalHandlers: Object.fromEntries(
      [...tasks].map(([name, state]) => [name, task(name, state) as never]),
    ),
    retryIntervalOverrides: Object.fromEntries([...tasks].map(([name]) => [name, 0])),
    // The interpreter reads the value when it comes to the state.
    waitTimeOverrides: Object.defineProperties(
      {},
      Object.fromEntries(
        [...waits].map(([name, seconds]) => [
          name,
          {
            get: () => {
              ended.path.push(name);
              model.now += seconds;
              return 0;
            },
          },
        ]),
      ),
    ),
  };
  const running = interpreter.run(input as never, { overrides, context: { Execution: { Id: execution } } });
  const traced = hooks.entered ? trace(running.eventLogs, hooks.entered) : undefined;
  try {
    const output = (await running.result) as State;
    ended.terminal = output.outcome?.result ?? 'unknown';
  } catch (cause) {
    const { name, cause: why } = cause as Error & { cause?: Error };
    ended.terminal = name === 'ExecutionAbortedError' ? 'crashed' : (why?.name ?? name);
    if (why && !['Failed', 'Refused', 'NoAction'].includes(why.name)) ended.terminal = `${why.name}: ${why.message}`;
  }
  await traced;
  model.running.delete(execution);
  ended.to = model.now;
  return ended;
}

async function trace(events: ReturnType<StateMachine['run']>['eventLogs'], into: Set<string>): Promise<void> {
  for await (const event of events) if (event.type === 'StateEntered') into.add(event.state.name);
}
