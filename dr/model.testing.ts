/**
 * AWS in this process, for the proofs: the commands of the SDK in, its answers and errors out, over a clock that only calls and waits
 * move. It knows the rules that a failover may break, and the faults that a scenario plans. No figure of it is AWS's.
 */
import { globalDatabase } from '../overlays/names.ts';
import { type Client, seoul, tokyo } from './aws/clients.ts';
import { answer, error } from './calls.testing.ts';
import type { Scenario } from './matrix.testing.ts';

export const account = '111122223333';
const arn = (service: string, region: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
export const arns = {
  seoul: arn('rds', seoul, `cluster:${globalDatabase.clusters.seoul}`),
  tokyo: arn('rds', tokyo, `cluster:${globalDatabase.clusters.tokyo}`),
  groups: { seoul: 'arn:group/seoul', tokyo: 'arn:group/tokyo' },
  balancers: { seoul: 'arn:nlb/seoul', tokyo: 'arn:nlb/tokyo' },
  accelerator: 'arn:accelerator',
};

export type Fault = 'applied' | 'half' | 'ok' | 'throttled' | 'invalid' | 'down' | 'busy';
export type Endpoint = { EndpointId: string; Weight: number; ClientIPPreservationEnabled: boolean };
export type Model = {
  /** Seconds. */
  now: number;
  sights: Record<'writer' | 'app' | 'region', 'ok' | 'fail' | 'unknown'>;
  tokyoApp: 'ok' | 'fail';
  faults: Record<'failover' | 'traffic' | 'nodes', Fault> &
    Record<'notifier' | 'lock', 'ok' | 'down'> & {
      /** `denied`: its key lets nobody write. `unread`: nobody can read what it received. */
      fence: 'ok' | 'down' | 'denied' | 'unread';
    };
  database: {
    writer: 'seoul' | 'tokyo';
    member: boolean;
    instances: number;
    versions: { global: string; tokyo: string };
    lagMs: number | undefined;
    /** A promotion that was accepted: when it is done. */
    promotedAt: number | undefined;
    promotionSeconds: number;
    /** Of the cluster while it is promoted. AWS promises no word for it, so some worlds have another. */
    statusMeanwhile: string;
    /** After its role has changed the cluster is not available for so long. */
    settlesSeconds: number;
  };
  groups: Record<'seoul' | 'tokyo', { dial: number; endpoints: Endpoint[] }>;
  /** When the edges have the last change. */
  deployedAt: number;
  nodes: { min: number; max: number; desired: number };
  busyCalls: number;
  throttled: Set<string>;
  lock: Record<string, { S?: string; N?: string }> | undefined;
  running: Set<string>;
  epoch: string;
  log: Entry[];
};
export type Entry = {
  at: number;
  /** The execution that called. */
  by: string;
  /** Its function, or the state that calls AWS itself. */
  from: string;
  region: string;
  call: string;
  input: Record<string, unknown>;
  /** What it changed, if it did. */
  changed?: 'promoted' | 'raised tokyo' | 'lowered seoul' | 'group' | 'scaled' | 'fenced' | 'locked';
};
export const mutating = new Set([
  'FailoverGlobalCluster',
  'UpdateEndpointGroup',
  'UpdateNodegroupConfig',
  'PutSecretValue',
  'SwitchoverGlobalCluster',
  'RemoveFromGlobalCluster',
]);

/** As it is before anything fails. */
export function newModel(): Model {
  const endpoint = (EndpointId: string, Weight: number): Endpoint => ({
    EndpointId,
    Weight,
    ClientIPPreservationEnabled: true,
  });
  return {
    now: 0,
    sights: { writer: 'ok', app: 'ok', region: 'ok' },
    tokyoApp: 'ok',
    faults: { failover: 'ok', traffic: 'ok', nodes: 'ok', notifier: 'ok', lock: 'ok', fence: 'ok' },
    database: {
      writer: 'seoul',
      member: true,
      instances: 1,
      versions: { global: '16.8', tokyo: '16.8' },
      lagMs: 800,
      promotedAt: undefined,
      promotionSeconds: 60,
      statusMeanwhile: 'failing-over',
      settlesSeconds: 0,
    },
    groups: {
      // A second endpoint of somebody else's, which no switch may lose.
      seoul: { dial: 100, endpoints: [endpoint(arns.balancers.seoul, 128), endpoint('arn:nlb/other', 10)] },
      tokyo: { dial: 0, endpoints: [endpoint('arn:nlb/canary', 0), endpoint(arns.balancers.tokyo, 0)] },
    },
    deployedAt: 0,
    nodes: { min: 1, max: 8, desired: 2 },
    busyCalls: 2,
    throttled: new Set(),
    lock: undefined,
    running: new Set(),
    epoch: '{"epoch":0,"writer":"seoul"}',
    log: [],
  };
}

const sights: Record<Scenario['trigger'], Pick<Model['sights'], 'app' | 'region'>> = {
  svc: { app: 'fail', region: 'ok' },
  db: { app: 'ok', region: 'ok' },
  region: { app: 'fail', region: 'fail' },
  'db+app': { app: 'fail', region: 'unknown' },
  unknown: { app: 'unknown', region: 'ok' },
  misjudged: { app: 'fail', region: 'ok' },
  nonsense: { app: 'fail', region: 'fail' },
};

export function modelOf(scenario: Scenario, notifier: 'ok' | 'down'): Model {
  const model = newModel();
  const { database } = model;
  model.sights = { writer: scenario.seoulDatabase, ...sights[scenario.trigger] };
  model.tokyoApp = scenario.tokyoApp;
  model.faults = {
    ...model.faults,
    failover: scenario.failover,
    traffic: scenario.traffic,
    nodes: scenario.nodes,
    notifier,
  };
  if (scenario.versions === 'differ') database.versions.tokyo = '16.7';
  if (scenario.tokyoDatabase === 'lagging') database.lagMs = 25_000;
  if (scenario.tokyoDatabase === 'lag unknown') database.lagMs = undefined;
  if (scenario.tokyoDatabase === 'writer') database.writer = 'tokyo';
  if (scenario.tokyoDatabase === 'detached') database.member = false;
  if (scenario.tokyoDatabase === 'headless') database.instances = 0;
  // So that some promotions are done before the wait ends and some long after.
  database.promotionSeconds = { ok: 60, throttled: 100, applied: 140, invalid: 60, down: 60 }[scenario.failover];
  if (scenario.failover === 'throttled') database.statusMeanwhile = 'available';
  if (scenario.failover === 'applied') database.settlesSeconds = 12;
  return model;
}

/** Whatever was broken at AWS works again; Seoul and Tokyo's own state stay. */
export function heal(model: Model): void {
  model.faults = { failover: 'ok', traffic: 'ok', nodes: 'ok', notifier: 'ok', lock: 'ok', fence: 'ok' };
}

export const writerOf = ({ database }: Model, at: number): 'seoul' | 'tokyo' =>
  database.promotedAt !== undefined && at >= database.promotedAt ? 'tokyo' : database.writer;

export function statusOf({ promotedAt, statusMeanwhile, settlesSeconds }: Model['database'], at: number): string {
  if (promotedAt === undefined || at >= promotedAt + settlesSeconds) return 'available';
  return at < promotedAt ? statusMeanwhile : 'modifying';
}

/** Seconds of a call that is answered, and of one that is not: two tries of two seconds. */
const seconds = { answered: 0.2, silent: 4.2 };

/** Clock of one invocation: calls made at the same time take the time of the longest. */
export type Invocation = { now: number; deadline: number; by: string; from: string };

/** A client of every service. */
export function clientOf(model: Model, invocation: Invocation): Client {
  return (region) => ({
    async send(command) {
      const at = invocation.now;
      // The function was ended before it came to this call.
      if (at >= invocation.deadline) throw error('Sandbox.Timedout', 408);
      const call = command.constructor.name.replace(/Command$/, '');
      const { input } = command as { input: Record<string, unknown> };
      const entry: Entry = { at, by: invocation.by, from: invocation.from, region, call, input };
      model.log.push(entry);
      let spent = seconds.answered;
      try {
        return answer(model, entry);
      } catch (cause) {
        if ((cause as Error).name === 'TimeoutError') spent = seconds.silent;
        throw cause;
      } finally {
        await undefined;
        invocation.now = Math.max(invocation.now, at + spent);
      }
    },
  });
}

/** The highest weight of the endpoints of a group. */
export const serving = ({ endpoints }: { endpoints: Endpoint[] }): number =>
  Math.max(0, ...endpoints.map(({ Weight }) => Weight));
