/** What AWS answers to each call, in the world of the proofs, and what it refuses. */
import { acceleratorRegion, globalDatabase, writerEpochSecret } from '../overlays/names.ts';
import { seoul, tokyo } from './aws/clients.ts';
import { arns, type Endpoint, type Entry, serving, statusOf, type World, writerOf } from './world.testing.ts';

export const error = (name: string, httpStatusCode: number | undefined, message = name) =>
  Object.assign(new Error(message), { name, ...(httpStatusCode ? { $metadata: { httpStatusCode } } : {}) });
const timeout = () => error('TimeoutError', undefined, 'no answer');

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
    if (world.faults.fence === 'denied')
      throw error('SecretsManager.SecretsManagerException', 400, 'AccessDeniedException');
    const { SecretId, SecretString, ClientRequestToken } = entry.input as Record<string, string>;
    if (SecretId !== writerEpochSecret || (ClientRequestToken?.length ?? 0) < 32)
      throw error('InvalidParameterException', 400);
    world.epoch = SecretString ?? '';
    entry.changed = 'fenced';
    return {};
  },
  GetSecretValue({ faults, epoch }, { input, region }) {
    if (faults.fence === 'unread') throw timeout();
    if (input.SecretId !== writerEpochSecret || region !== tokyo) throw error('ResourceNotFoundException', 400);
    return { SecretString: epoch };
  },
};

function accelerator(world: World, { region, call }: Entry): void {
  if (region !== acceleratorRegion) throw error('ENOTFOUND', undefined, 'no such host');
  if (world.faults.traffic === 'down') throw timeout();
  if (world.faults.traffic === 'throttled') throttle(world, call, 'ThrottlingException');
}
const groupOf = ({ input }: Entry): 'seoul' | 'tokyo' =>
  input.EndpointGroupArn === arns.groups.tokyo ? 'tokyo' : 'seoul';
