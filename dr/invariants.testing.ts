/** What has to hold in every scenario, and what each has to end in by the order of the failover, written down apart from its code. */
import { acceleratorRegion, failover } from '../overlays/names.ts';
import { type Ended, execute, type Subject, subject, timeAt } from './execution.testing.ts';
import { type Scenario, scenarioOf } from './matrix.testing.ts';
import {
  account,
  arns,
  type Entry,
  heal,
  type Model,
  modelOf,
  mutating,
  serving,
  statusOf,
  writerOf,
} from './model.testing.ts';
import type { Branch } from './types.ts';

/** Seconds until the alarm: what dr/budget.ts plans. */
export const detectionSeconds = 45;

export function eventOf({ trigger, mode }: Pick<Scenario, 'trigger' | 'mode'>, id: string, at: number): object {
  const base = { id, time: timeAt(at), account };
  if (trigger === 'misjudged' || trigger === 'nonsense')
    return {
      mode,
      trigger: trigger === 'nonsense' ? 'disk-full' : 'region-failure',
      event: { ...base, source: failover.sources.operator },
    };
  const detail = { alarmName: failover.alarm, state: { value: 'ALARM' }, previousState: { value: 'OK' } };
  return { mode, event: { ...base, source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change', detail } };
}

/** Trigger × Seoul's database → branch. Whatever is not here is no action. */
const branches: Record<string, Branch> = {
  'svc ok': 'svc-failure',
  'svc fail': 'db+app-failure',
  'db fail': 'db-failure',
  'region fail': 'region-failure',
  'db+app fail': 'db+app-failure',
};

export type Expected = { terminal: string; branch?: Branch };

export function expected(s: Scenario): Expected {
  if (s.trigger === 'nonsense') return { terminal: 'Refused' };
  // Of what a person assumes a dry run says what would be done, whatever Seoul does.
  const isAssumed = s.trigger === 'misjudged' && s.mode === 'dry-run';
  const branch = isAssumed ? 'region-failure' : branches[`${s.trigger} ${s.seoulDatabase}`];
  if (!branch || (branch === 'svc-failure' && s.tokyoApp === 'fail')) return { terminal: 'NoAction' };
  const failed = { terminal: 'Failed', branch };
  const dry = s.mode === 'dry-run';
  if (branch !== 'svc-failure') {
    if (s.failover === 'down') return failed;
    if (s.tokyoDatabase !== 'writer') {
      if (s.tokyoDatabase === 'detached' || s.tokyoDatabase === 'headless' || s.versions === 'differ') return failed;
      if (s.failover === 'invalid' && !dry) return failed;
    }
  }
  if (s.traffic === 'down') return failed;
  if (dry) return { terminal: 'dry-run-done', branch };
  if (s.traffic === 'half') return failed;
  if (branch !== 'svc-failure' && (s.nodes === 'invalid' || s.nodes === 'down' || s.tokyoApp === 'fail')) return failed;
  return { terminal: 'failed-over', branch };
}

const healed: Partial<Scenario> = { failover: 'ok', traffic: 'ok', nodes: 'ok' };

/** How a second event ends after the first. */
function expectedAfter(s: Scenario, first: string): string {
  if (first === 'failed-over') return 'already-failed-over';
  return expected({ ...s, ...healed }).terminal;
}

export type Judged = { breaches: string[]; runs: Ended[]; model: Model };

/** Runs a scenario, with its second event, and judges all of it. */
export async function judge(number: number, of: Subject = subject, entered?: Set<string>): Promise<Judged> {
  const scenario = scenarioOf(number);
  // Whether the notifier works is no axis, because nothing may depend on it.
  const model = modelOf(scenario, number % 2 === 0 ? 'ok' : 'down');
  const breaches: string[] = [];
  const breach = (name: string, what: string) =>
    breaches.push(`${name}: ${what}: scenario ${number}: ${JSON.stringify(scenario)}`);
  const started = model.groups.seoul;
  const trace = entered ? { entered } : {};
  const runs: Ended[] = [];
  let nested: Ended | undefined;
  // Sometimes the same event again, sometimes another.
  const again = number % 4 < 2 ? 'event-1' : 'event-2';
  const interruptAt = 2 + (number % 11);
  const first = await execute(
    model,
    eventOf(scenario, 'event-1', model.now),
    'first',
    {
      ...trace,
      before: async (task, count) => {
        // Report comes after the lock is given back.
        if (scenario.second !== 'during' || count !== interruptAt || task === 'Report') return undefined;
        nested = await execute(model, eventOf(scenario, again, model.now), 'second', trace, of);
        return undefined;
      },
    },
    of,
  );
  runs.push(first);
  const want = expected(scenario);
  if (first.terminal !== want.terminal) breach('outcome', `given ${first.terminal}, allowed ${want.terminal}`);
  // A run that no branch fits has none.
  if (want.branch && first.branch !== want.branch) breach('branch', `given ${first.branch}, allowed ${want.branch}`);
  if (nested) {
    runs.push(nested);
    const other = scenario.mode === 'dry-run' || want.terminal === 'Refused' ? want.terminal : 'already-running';
    if (nested.terminal !== other)
      breach('second event during the first', `given ${nested.terminal}, allowed ${other}`);
  }
  if (scenario.second === 'after') {
    judgeModel(model, runs, started.endpoints.length, breach);
    heal(model);
    model.now += 60;
    const second = await execute(model, eventOf(scenario, 'event-3', model.now), 'second', trace, of);
    runs.push(second);
    const other = expectedAfter(scenario, first.terminal);
    if (second.terminal !== other) breach('I10 run again', `given ${second.terminal}, allowed ${other}`);
  }
  for (const run of runs) judgeRun(scenario, model, run, breach);
  judgeModel(model, runs, started.endpoints.length, breach);
  return { breaches, runs, model };
}

type Breach = (name: string, what: string) => void;

/** One execution. */
export function judgeRun({ mode }: Pick<Scenario, 'mode'>, model: Model, run: Ended, breach: Breach): void {
  const log = model.log.filter(({ by }) => by === run.execution);
  const mutations = log.filter(({ call }) => mutating.has(call));
  const promotes = run.branch !== undefined && run.branch !== 'svc-failure';
  const svc = run.branch === 'svc-failure';
  if (svc && mutations.some(({ call }) => call !== 'UpdateEndpointGroup'))
    breach('I2 svc-failure moves the traffic alone', mutations.map(({ call }) => call).join());
  const idle = mode === 'dry-run' || !['failed-over', 'Failed'].includes(run.terminal);
  if (idle && mutations.length > 0)
    breach('I7 nothing changes without an action', mutations.map(({ call }) => call).join());
  if ((mode === 'dry-run' || run.terminal === 'Refused') && log.some(({ call }) => call === 'PutItem'))
    breach('I7 a dry run and a refusal take no lock', run.terminal);
  const endings = run.messages.filter((message) => message === 'ended').length;
  if (endings !== 1) breach('I8 one message of the end', `given ${endings}`);
  const way = run.terminal === 'failed-over' ? `begun,${promotes ? 'promoted,' : ''}moved,ended` : '';
  if (way && run.messages.join() !== way)
    breach('I8 each step is notified', `given ${run.messages.join()}, allowed ${way}`);
  const took = run.to - run.from;
  if (took > 900) breach('I9 ends within 900 s', `given ${took}`);
  const most = svc ? 120 : 300;
  const served = detectionSeconds + run.reported - run.from;
  if (run.terminal === 'failed-over' && served > most) breach('I9 in time', `given ${served} s, allowed ${most}`);
  if (!promotes || run.terminal === 'crashed') return;
  const at = (test: (entry: Entry) => boolean) => log.find(test)?.at;
  const promoted = at(({ changed }) => changed === 'promoted');
  const traffic = at(({ call }) => call === 'UpdateEndpointGroup');
  const scaled = at(({ call }) => call === 'UpdateNodegroupConfig');
  const [wait, switched, sized] = ['Stabilise', 'Switch traffic', 'Scale'].map((name) => run.path.indexOf(name)) as [
    number,
    number,
    number,
  ];
  if (traffic !== undefined && promoted !== undefined && traffic - promoted < 90)
    breach('I5 90 s between promotion and traffic', `given ${traffic - promoted}`);
  if (mode !== 'dry-run' && switched >= 0 && (wait < 0 || wait > switched))
    breach('I5 waits before it moves the traffic', run.path.join());
  if (sized >= 0 && (switched < 0 || sized < switched)) breach('I5 traffic before nodes', run.path.join());
  if (
    scaled !== undefined &&
    (traffic === undefined || scaled < traffic) &&
    log.some(({ changed }) => changed === 'raised tokyo')
  )
    breach('I5 traffic before nodes', `nodes at ${scaled}, traffic at ${traffic}`);
}

/** The model, over all executions on it. */
export function judgeModel(model: Model, runs: Ended[], endpointsOfSeoul: number, breach: Breach): void {
  const { log } = model;
  const promotions = log.filter(({ changed }) => changed === 'promoted');
  if (promotions.length > 1) breach('I4 one accepted promotion', `given ${promotions.length}`);
  if (log.some(({ call }) => call === 'RemoveFromGlobalCluster' || call === 'SwitchoverGlobalCluster'))
    breach('I4 a managed failover and nothing else', 'another call');
  const elsewhere = log.filter(
    ({ call, region }) => /EndpointGroup|Accelerator/.test(call) && region !== acceleratorRegion,
  );
  if (elsewhere.length > 0) breach('I3 the accelerator is in us-west-2', elsewhere[0]?.region ?? '');
  const branchOf = new Map(runs.map(({ execution, branch }) => [execution, branch]));
  let raised = serving(model.groups.tokyo) > 0 && !log.some(({ call }) => call === 'UpdateEndpointGroup');
  let lowered = false;
  let nodes = 0;
  for (const { at, by, call, changed, input } of log) {
    if (call === 'UpdateEndpointGroup' && changed) {
      const tokyoGroup = input.EndpointGroupArn === arns.groups.tokyo;
      const endpoints = input.EndpointConfigurations as
        | { EndpointId: string; Weight?: number; ClientIPPreservationEnabled?: boolean }[]
        | undefined;
      const dial = input.TrafficDialPercentage as number | undefined;
      const serves = (endpoints ?? []).some(
        ({ EndpointId, Weight = 128 }) => EndpointId === arns.balancers.tokyo && Weight > 0,
      );
      if (
        endpoints &&
        (endpoints.length !== endpointsOfSeoul || endpoints.some((each) => !each.ClientIPPreservationEnabled))
      )
        breach('endpoints are kept as they were', JSON.stringify(endpoints));
      const branch = branchOf.get(by);
      if (tokyoGroup && serves && branch !== 'svc-failure' && writerOf(model, at) !== 'tokyo')
        breach('I1 no traffic to a reader', `at ${at}`);
      else if (tokyoGroup && serves && branch !== 'svc-failure' && statusOf(model.database, at) !== 'available')
        breach('I1 no traffic to a writer that is not available', `at ${at}`);
      if (tokyoGroup && serves && dial === 100) raised = true;
      if (!tokyoGroup) {
        if (dial !== 0 || (endpoints ?? []).some(({ Weight = 128 }) => Weight > 0))
          breach('I6 Seoul goes to weight 0 and dial 0', JSON.stringify(input));
        if (!raised) breach('Tokyo before Seoul', `at ${at}`);
        lowered = true;
      }
      if (tokyoGroup && (dial !== 100 || !serves)) breach('I6 Tokyo gets weight and dial', JSON.stringify(input));
    }
    if (changed === 'scaled') {
      const { desiredSize, maxSize } = input.scalingConfig as { desiredSize: number; maxSize: number };
      if (desiredSize < Math.max(nodes, 2) || desiredSize > maxSize)
        breach('nodes are never lowered', `given ${desiredSize}`);
      if (!(input.clientRequestToken as string | undefined)?.startsWith('dr-'))
        breach('nodes: token of the incident', String(input.clientRequestToken));
      nodes = desiredSize;
    }
  }
  const last = runs.filter(({ terminal }) => terminal === 'failed-over').at(-1);
  if (!last) return;
  // What is said to be done is done.
  const { seoul, tokyo } = model.groups;
  if (!lowered || seoul.dial !== 0 || serving(seoul) !== 0 || tokyo.dial !== 100 || serving(tokyo) === 0)
    breach('I6 all traffic is in Tokyo', JSON.stringify(model.groups));
  if (last.branch === 'svc-failure') return;
  if (writerOf(model, last.to) !== 'tokyo') breach('Tokyo writes', last.terminal);
  if (model.nodes.desired < 6) breach('Tokyo has the nodes', JSON.stringify(model.nodes));
  if (model.epoch !== `{"epoch":${model.lock?.epoch?.N},"writer":"tokyo"}`) breach('the epoch is written', model.epoch);
}
