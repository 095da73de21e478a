/**
 * AWS in this process, for the proofs: the commands of the SDK in, its answers and errors out, over a clock that only calls and waits
 * move. It knows the rules that a failover may break, and the faults that a scenario plans. No figure of it is AWS's.
 */
import { acceleratorRegion, globalDatabase, writerEpochSecret } from '../overlays/names.ts';
import { type Client, seoul, tokyo } from './aws/clients.ts';
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
type Endpoint = { EndpointId: string; Weight: number; ClientIPPreservationEnabled: boolean };
export type World = {
  /** Seconds. */
  now: number;
  sights: Record<'writer' | 'app' | 'region', 'ok' | 'fail' | 'unknown'>;
  tokyoApp: 'ok' | 'fail';
  faults: Record<'failover' | 'traffic' | 'nodes', Fault> & Record<'notifier' | 'lock' | 'fence', 'ok' | 'down'>;
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
  epoch: string | undefined;
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
export function newWorld(): World {
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
    epoch: undefined,
    log: [],
  };
}

const sights: Record<Scenario['trigger'], Pick<World['sights'], 'app' | 'region'>> = {
  svc: { app: 'fail', region: 'ok' },
  db: { app: 'ok', region: 'ok' },
  region: { app: 'fail', region: 'fail' },
  'db+app': { app: 'fail', region: 'unknown' },
  unknown: { app: 'unknown', region: 'ok' },
  misjudged: { app: 'fail', region: 'ok' },
  nonsense: { app: 'fail', region: 'fail' },
};

export function worldOf(scenario: Scenario, notifier: 'ok' | 'down'): World {
  const world = newWorld();
  const { database } = world;
  world.sights = { writer: scenario.seoulDatabase, ...sights[scenario.trigger] };
  world.tokyoApp = scenario.tokyoApp;
  world.faults = {
    ...world.faults,
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
  return world;
}

/** Whatever was broken at AWS works again; Seoul and Tokyo's own state stay. */
export function heal(world: World): void {
  world.faults = { failover: 'ok', traffic: 'ok', nodes: 'ok', notifier: 'ok', lock: 'ok', fence: 'ok' };
}

export const writerOf = ({ database }: World, at: number): 'seoul' | 'tokyo' =>
  database.promotedAt !== undefined && at >= database.promotedAt ? 'tokyo' : database.writer;

export function statusOf({ promotedAt, statusMeanwhile, settlesSeconds }: World['database'], at: number): string {
  if (promotedAt === undefined || at >= promotedAt + settlesSeconds) return 'available';
  return at < promotedAt ? statusMeanwhile : 'modifying';
}

const error = (name: string, httpStatusCode: number | undefined, message = name) =>
  Object.assign(new Error(message), { name, ...(httpStatusCode ? { $metadata: { httpStatusCode } } : {}) });
const timeout = () => error('TimeoutError', undefined, 'no answer');

/** Seconds of a call that is answered, and of one that is not: two tries of two seconds. */
const seconds = { answered: 0.2, silent: 4.2 };

/** Clock of one invocation: calls made at the same time take the time of the longest. */
export type Invocation = { now: number; deadline: number; by: string; from: string };

/** A client of every service. */
export function clientOf(world: World, invocation: Invocation): Client {
  return (region) => ({
    async send(command) {
      const at = invocation.now;
      // The function was ended before it came to this call.
      if (at >= invocation.deadline) throw error('Sandbox.Timedout', 408);
      const call = command.constructor.name.replace(/Command$/, '');
      const { input } = command as { input: Record<string, unknown> };
      const entry: Entry = { at, by: invocation.by, from: invocation.from, region, call, input };
      world.log.push(entry);
      let spent = seconds.answered;
      try {
        return answer(world, entry);
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

export function answer(world: World, entry: Entry): unknown {
  const handle = calls[entry.call];
  if (!handle) throw error('UnknownOperationException', 400, entry.call);
  return handle(world, entry);
}

/** The first call of a kind is throttled. */
function throttle(world: World, call: string, name: string): void {
  if (world.throttled.has(call)) return;
  world.throttled.add(call);
  throw error(name, 400);
}

const calls: Record<string, (world: World, entry: Entry) => unknown> = {
  DescribeGlobalClusters({ database, ...world }, { at, region }) {
    if (region !== tokyo || world.faults.failover === 'down') throw timeout();
    const writer = writerOf({ database, ...world }, at);
    const busy = database.promotedAt !== undefined && at < database.promotedAt;
    return {
      GlobalClusters: [
        {
          GlobalClusterIdentifier: globalDatabase.name,
          EngineVersion: database.versions.global,
          GlobalClusterMembers: [
            { DBClusterArn: arns.seoul, IsWriter: writer === 'seoul' },
            ...(database.member
              ? [{ DBClusterArn: arns.tokyo, IsWriter: writer === 'tokyo', SynchronizationStatus: 'connected' }]
              : []),
          ],
          ...(busy
            ? { FailoverState: { Status: 'failing-over', FromDbClusterArn: arns.seoul, ToDbClusterArn: arns.tokyo } }
            : {}),
        },
      ],
    };
  },
  DescribeDBClusters({ database, sights }, { region, at }) {
    if (region === seoul) {
      if (sights.region === 'fail') throw timeout();
      return { DBClusters: [{ DBClusterArn: arns.seoul, Status: 'available' }] };
    }
    return {
      DBClusters: [
        {
          DBClusterArn: arns.tokyo,
          EngineVersion: database.versions.tokyo,
          Status: statusOf(database, at),
          DBClusterMembers: Array.from({ length: database.instances }, (_, index) => ({
            DBInstanceIdentifier: `i${index}`,
          })),
        },
      ],
    };
  },
  FailoverGlobalCluster(world, entry) {
    const { database, faults } = world;
    const { GlobalClusterIdentifier, TargetDbClusterIdentifier, AllowDataLoss, Switchover } = entry.input;
    if (entry.region !== tokyo || faults.failover === 'down') throw timeout();
    if (faults.failover === 'throttled') throttle(world, entry.call, 'Throttling');
    if (AllowDataLoss && Switchover) throw error('InvalidParameterCombination', 400);
    if (GlobalClusterIdentifier !== globalDatabase.name) throw error('GlobalClusterNotFoundFault', 404);
    if (TargetDbClusterIdentifier !== arns.tokyo || !database.member) throw error('DBClusterNotFoundFault', 404);
    // Without it this is a switchover, which waits for a writer that is well.
    if (!AllowDataLoss)
      throw error('InvalidGlobalClusterStateFault', 400, 'switchover of a database whose writer is gone');
    const { instances, versions, promotedAt, writer } = database;
    if (instances === 0 || versions.tokyo !== versions.global) throw error('InvalidDBClusterStateFault', 400);
    if (faults.failover === 'invalid' || writer === 'tokyo' || promotedAt !== undefined)
      throw error('InvalidGlobalClusterStateFault', 400);
    database.promotedAt = entry.at + database.promotionSeconds;
    entry.changed = 'promoted';
    if (faults.failover === 'applied') throw timeout();
    return { GlobalCluster: { FailoverState: { Status: 'pending' } } };
  },
  GetMetricData({ database, sights }, { input }) {
    const queries = input.MetricDataQueries as { Id: string }[];
    const three = { ok: [1, 1, 1], fail: [0, 0, 0], unknown: [0] };
    return {
      MetricDataResults: queries.map(({ Id }) => ({
        Id,
        Values: Id === 'lag' ? (database.lagMs === undefined ? [] : [database.lagMs]) : three[sights[Id as 'writer']],
      })),
    };
  },
  DescribeEndpointGroup(world, entry) {
    accelerator(world, entry);
    const { dial, endpoints } = world.groups[groupOf(entry)];
    return {
      EndpointGroup: {
        TrafficDialPercentage: dial,
        EndpointDescriptions: endpoints.map((each) => ({ ...each, HealthState: 'HEALTHY' })),
      },
    };
  },
  DescribeAccelerator(world, entry) {
    accelerator(world, entry);
    return { Accelerator: { Status: entry.at >= world.deployedAt ? 'DEPLOYED' : 'IN_PROGRESS' } };
  },
  UpdateEndpointGroup(world, entry) {
    accelerator(world, entry);
    const region = groupOf(entry);
    if (world.faults.traffic === 'half' && region === 'seoul') throw error('InternalServiceErrorException', 500);
    const before = world.groups[region];
    const { TrafficDialPercentage, EndpointConfigurations } = entry.input as {
      TrafficDialPercentage?: number;
      EndpointConfigurations?: Endpoint[];
    };
    const endpoints =
      EndpointConfigurations?.map((each) => ({ ...each, Weight: each.Weight ?? 128 })) ?? before.endpoints;
    if (endpoints.some(({ Weight }) => Weight < 0 || Weight > 255)) throw error('InvalidArgumentException', 400);
    world.groups[region] = { dial: TrafficDialPercentage ?? before.dial, endpoints };
    world.deployedAt = entry.at + 15;
    const weight = serving(world.groups[region]);
    entry.changed =
      region === 'tokyo' && weight > 0
        ? 'raised tokyo'
        : region === 'seoul' && weight === 0
          ? 'lowered seoul'
          : 'group';
    return { EndpointGroup: {} };
  },
  DescribeNodegroup({ faults, nodes }) {
    if (faults.nodes === 'down') throw timeout();
    const { min: minSize, max: maxSize, desired: desiredSize } = nodes;
    return { nodegroup: { status: 'ACTIVE', scalingConfig: { minSize, maxSize, desiredSize } } };
  },
  UpdateNodegroupConfig(world, entry) {
    const { faults } = world;
    if (faults.nodes === 'down' || entry.region !== tokyo) throw timeout();
    if (faults.nodes === 'busy' && world.busyCalls-- > 0) throw error('ResourceInUseException', 409);
    const { minSize, maxSize, desiredSize } = entry.input.scalingConfig as {
      minSize: number;
      maxSize: number;
      desiredSize: number;
    };
    if (faults.nodes === 'invalid' || desiredSize > maxSize || desiredSize < minSize)
      throw error('InvalidParameterException', 400);
    world.nodes = { min: minSize, max: maxSize, desired: desiredSize };
    entry.changed = 'scaled';
    return { update: { id: '1', status: 'InProgress' } };
  },
  GetItem({ lock, faults }) {
    if (faults.lock === 'down') throw timeout();
    return { Item: lock };
  },
  PutItem(world, entry) {
    if (world.faults.lock === 'down') throw timeout();
    const { Item, ConditionExpression, ExpressionAttributeValues } = entry.input as {
      Item: NonNullable<World['lock']>;
      ConditionExpression?: string;
      ExpressionAttributeValues?: Record<string, { N: string }>;
    };
    const met =
      ConditionExpression === undefined
        ? true
        : ConditionExpression === 'attribute_not_exists(id)'
          ? world.lock === undefined
          : world.lock?.version?.N === ExpressionAttributeValues?.[':version']?.N;
    if (!met) throw error('ConditionalCheckFailedException', 400);
    world.lock = Item;
    entry.changed = 'locked';
    return {};
  },
  DescribeExecution({ running }, { input }) {
    return { status: running.has(input.executionArn as string) ? 'RUNNING' : 'ABORTED' };
  },
  Publish({ faults }) {
    if (faults.notifier === 'down') throw timeout();
    return { MessageId: '1' };
  },
  PutSecretValue(world, entry) {
    if (world.faults.fence === 'down') throw error('SecretsManager.ResourceNotFoundException', 400);
    const { SecretId, SecretString, ClientRequestToken } = entry.input as Record<string, string>;
    if (SecretId !== writerEpochSecret || (ClientRequestToken?.length ?? 0) < 32)
      throw error('InvalidParameterException', 400);
    world.epoch = SecretString;
    entry.changed = 'fenced';
    return {};
  },
};

function accelerator(world: World, { region, call }: Entry): void {
  if (region !== acceleratorRegion) throw error('ENOTFOUND', undefined, 'no such host');
  if (world.faults.traffic === 'down') throw timeout();
  if (world.faults.traffic === 'throttled') throttle(world, call, 'ThrottlingException');
}
const groupOf = ({ input }: Entry): 'seoul' | 'tokyo' =>
  input.EndpointGroupArn === arns.groups.tokyo ? 'tokyo' : 'seoul';
/** The highest weight of the endpoints of a group. */
export const serving = ({ endpoints }: { endpoints: Endpoint[] }): number =>
  Math.max(0, ...endpoints.map(({ Weight }) => Weight));
