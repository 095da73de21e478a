/** What AWS answers to each call, in the model of the proofs, and what it refuses. */
import { acceleratorRegion, globalDatabase, writerEpochSecret } from '../overlays/names.ts';
import { seoul, tokyo } from './aws/clients.ts';
import { arns, type Endpoint, type Entry, type Model, serving, statusOf, writerOf } from './model.testing.ts';

export const error = (name: string, httpStatusCode: number | undefined, message = name) =>
  Object.assign(new Error(message), { name, ...(httpStatusCode ? { $metadata: { httpStatusCode } } : {}) });
const timeout = () => error('TimeoutError', undefined, 'no answer');

export function answer(model: Model, entry: Entry): unknown {
  const handle = calls[entry.call];
  if (!handle) throw error('UnknownOperationException', 400, entry.call);
  return handle(model, entry);
}

/** The first call of a kind is throttled. */
function throttle(model: Model, call: string, name: string): void {
  if (model.throttled.has(call)) return;
  model.throttled.add(call);
  throw error(name, 400);
}

const calls: Record<string, (model: Model, entry: Entry) => unknown> = {
  DescribeGlobalClusters({ database, ...model }, { at, region }) {
    if (region !== tokyo || model.faults.failover === 'down') throw timeout();
    const writer = writerOf({ database, ...model }, at);
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
  FailoverGlobalCluster(model, entry) {
    const { database, faults } = model;
    const { GlobalClusterIdentifier, TargetDbClusterIdentifier, AllowDataLoss, Switchover } = entry.input;
    if (entry.region !== tokyo || faults.failover === 'down') throw timeout();
    if (faults.failover === 'throttled') throttle(model, entry.call, 'Throttling');
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
  DescribeEndpointGroup(model, entry) {
    accelerator(model, entry);
    const { dial, endpoints } = model.groups[groupOf(entry)];
    return {
      EndpointGroup: {
        TrafficDialPercentage: dial,
        EndpointDescriptions: endpoints.map((each) => ({ ...each, HealthState: 'HEALTHY' })),
      },
    };
  },
  DescribeAccelerator(model, entry) {
    accelerator(model, entry);
    return { Accelerator: { Status: entry.at >= model.deployedAt ? 'DEPLOYED' : 'IN_PROGRESS' } };
  },
  UpdateEndpointGroup(model, entry) {
    accelerator(model, entry);
    const region = groupOf(entry);
    if (model.faults.traffic === 'half' && region === 'seoul') throw error('InternalServiceErrorException', 500);
    const before = model.groups[region];
    const { TrafficDialPercentage, EndpointConfigurations } = entry.input as {
      TrafficDialPercentage?: number;
      EndpointConfigurations?: Endpoint[];
    };
    const endpoints =
      EndpointConfigurations?.map((each) => ({ ...each, Weight: each.Weight ?? 128 })) ?? before.endpoints;
    if (endpoints.some(({ Weight }) => Weight < 0 || Weight > 255)) throw error('InvalidArgumentException', 400);
    model.groups[region] = { dial: TrafficDialPercentage ?? before.dial, endpoints };
    model.deployedAt = entry.at + 15;
    const weight = serving(model.groups[region]);
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
  UpdateNodegroupConfig(model, entry) {
    const { faults } = model;
    if (faults.nodes === 'down' || entry.region !== tokyo) throw timeout();
    if (faults.nodes === 'busy' && model.busyCalls-- > 0) throw error('ResourceInUseException', 409);
    const { minSize, maxSize, desiredSize } = entry.input.scalingConfig as {
      minSize: number;
      maxSize: number;
      desiredSize: number;
    };
    if (faults.nodes === 'invalid' || desiredSize > maxSize || desiredSize < minSize)
      throw error('InvalidParameterException', 400);
    model.nodes = { min: minSize, max: maxSize, desired: desiredSize };
    entry.changed = 'scaled';
    return { update: { id: '1', status: 'InProgress' } };
  },
  GetItem({ lock, faults }) {
    if (faults.lock === 'down') throw timeout();
    return { Item: lock };
  },
  PutItem(model, entry) {
    if (model.faults.lock === 'down') throw timeout();
    const { Item, ConditionExpression, ExpressionAttributeValues } = entry.input as {
      Item: NonNullable<Model['lock']>;
      ConditionExpression?: string;
      ExpressionAttributeValues?: Record<string, { N: string }>;
    };
    const met =
      ConditionExpression === undefined
        ? true
        : ConditionExpression === 'attribute_not_exists(id)'
          ? model.lock === undefined
          : model.lock?.version?.N === ExpressionAttributeValues?.[':version']?.N;
    if (!met) throw error('ConditionalCheckFailedException', 400);
    model.lock = Item;
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
  PutSecretValue(model, entry) {
    if (model.faults.fence === 'down') throw error('SecretsManager.ResourceNotFoundException', 400);
    if (model.faults.fence === 'denied')
      throw error('SecretsManager.SecretsManagerException', 400, 'AccessDeniedException');
    const { SecretId, SecretString, ClientRequestToken } = entry.input as Record<string, string>;
    if (SecretId !== writerEpochSecret || (ClientRequestToken?.length ?? 0) < 32)
      throw error('InvalidParameterException', 400);
    model.epoch = SecretString ?? '';
    entry.changed = 'fenced';
    return {};
  },
  GetSecretValue({ faults, epoch }, { input, region }) {
    if (faults.fence === 'unread') throw timeout();
    if (input.SecretId !== writerEpochSecret || region !== tokyo) throw error('ResourceNotFoundException', 400);
    return { SecretString: epoch };
  },
};

function accelerator(model: Model, { region, call }: Entry): void {
  if (region !== acceleratorRegion) throw error('ENOTFOUND', undefined, 'no such host');
  if (model.faults.traffic === 'down') throw timeout();
  if (model.faults.traffic === 'throttled') throttle(model, call, 'ThrottlingException');
}
const groupOf = ({ input }: Entry): 'seoul' | 'tokyo' =>
  input.EndpointGroupArn === arns.groups.tokyo ? 'tokyo' : 'seoul';
