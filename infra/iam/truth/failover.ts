import {
  acceleratorRegion,
  arn,
  canary,
  clusters,
  failover,
  failoverRules,
  globalArn,
  globalDatabase,
  people,
  roleArn,
  secretId,
} from '../../../overlays/names.ts';
import type { Asker, Context, Request } from '../evaluate.ts';
import {
  aKey,
  call,
  calls,
  elsewhere,
  keyOf,
  never,
  reference,
  seoul,
  service,
  someone,
  type Truth,
  tokyo,
} from './kit.ts';

/** Of the stack dr-control: what each function must be able to do, and that it can do nothing of what another one does. */

const inTokyo: Context = { 'aws:RequestedRegion': tokyo.aws.region };
const atAccelerator: Context = { 'aws:RequestedRegion': acceleratorRegion };
const cluster = (region: typeof seoul) => arn(region, 'rds', `cluster:${globalDatabase.clusters[region.name]}`);
const globalCluster = globalArn(tokyo, 'rds', `global-cluster:${globalDatabase.name}`);
const group = (region: string) => `\${data.aws_ssm_parameter.published-endpoint-group-${region}.insecure_value}`;
const nodeGroup = (region: typeof seoul) =>
  arn(region, 'eks', `nodegroup/${clusters[region.name].name}/${clusters[region.name].nodeGroup}/1`);
const lock = arn(tokyo, 'dynamodb', `table/${failover.lockTable}`);
const slack = arn(tokyo, 'secretsmanager', `secret:${secretId({ namespace: 'notifier', name: 'slack' })}-a1b2c3`);
/** Nobody but readiness reads it. */
const canaryShows = arn(tokyo, 'secretsmanager', `secret:${canary.secret}-a1b2c3`);
const topic = reference('aws_sns_topic.topic');

const epoch = reference('aws_secretsmanager_secret.secret-tokyo-platform-dr-writer-epoch');
/** The calls that change something, and the read that a number depends on: each belongs to one role. */
const changes = {
  promote: call('rds:FailoverGlobalCluster', cluster(tokyo)),
  promoteGlobal: call('rds:FailoverGlobalCluster', globalCluster, inTokyo),
  traffic: call('globalaccelerator:UpdateEndpointGroup', group('tokyo'), atAccelerator),
  nodes: call('eks:UpdateNodegroupConfig', nodeGroup(tokyo)),
  lock: call('dynamodb:PutItem', lock),
  epoch: call('secretsmanager:PutSecretValue', epoch, inTokyo),
  readEpoch: call('secretsmanager:GetSecretValue', epoch, inTokyo),
};
type Change = keyof typeof changes;

/** What none of them may do: destroy, detach, act on dev or on Seoul's nodes, act from anywhere else. */
const wrong: Request[] = [
  ...never.filter(({ action, resource }) => !(action === 'secretsmanager:GetSecretValue' && resource === slack)),
  call('rds:RemoveFromGlobalCluster', globalCluster, inTokyo),
  call('rds:DeleteDBCluster', cluster(tokyo)),
  call('rds:FailoverGlobalCluster', arn(seoul, 'rds', 'cluster:reserve-db-dev'), inTokyo),
  call('rds:FailoverGlobalCluster', cluster(tokyo), { 'aws:RequestedRegion': seoul.aws.region }),
  call('rds:FailoverGlobalCluster', cluster(tokyo), { 'aws:RequestedRegion': elsewhere.aws.region }),
  call('rds:PromoteReadReplica', arn(tokyo, 'rds', 'db:any')),
  call('globalaccelerator:UpdateEndpointGroup', group('tokyo'), inTokyo),
  call('globalaccelerator:DeleteEndpointGroup', group('tokyo'), atAccelerator),
  call('globalaccelerator:UpdateAccelerator', group('tokyo'), atAccelerator),
  call('eks:UpdateNodegroupConfig', nodeGroup(seoul)),
  call('eks:DeleteNodegroup', nodeGroup(tokyo)),
  call('dynamodb:DeleteTable', lock),
  call('secretsmanager:DeleteSecret', slack),
  call('secretsmanager:PutSecretValue', canaryShows),
];

/** A role that may do these changes and reads, and none of the other changes. */
const only = (
  given: { may: Request[]; own?: Change[]; mayNot?: Request[] },
  assumedBy: Asker[],
  notBy: Asker[],
): Truth => {
  const { may, own = [], mayNot = [] } = given;
  const others = (Object.keys(changes) as Change[]).filter((one) => !own.includes(one));
  return {
    may: [...may, ...own.map((one) => changes[one])],
    mayNot: [...wrong, ...mayNot, ...others.map((one) => changes[one])],
    assumedBy,
    notBy: [...notBy, { kind: 'AWS', id: someone }],
  };
};
const account = seoul.aws.account;
const byService = (id: string): [Asker[], Asker[]] => [
  [service(id, account)],
  [service(id, '999988887777'), service(id), service('ec2', account)],
];
const run = (may: Request[], own?: Change[], mayNot?: Request[]): Truth =>
  only({ may, ...(own ? { own } : {}), ...(mayNot ? { mayNot } : {}) }, ...byService('lambda'));

const log = (name: string, region = tokyo.aws.region) =>
  call('logs:PutLogEvents', arn({ aws: { region, account } }, 'logs', `log-group:/aws/lambda/${name}:log-stream:a`));
const askSeoul = call('rds:DescribeDBClusters', cluster(seoul));
const readDatabase = [
  call('rds:DescribeGlobalClusters', globalCluster, inTokyo),
  call('rds:DescribeDBClusters', cluster(tokyo)),
];
const readTraffic = call('globalaccelerator:DescribeEndpointGroup', group('seoul'), atAccelerator);
const metric = (namespace: string): Request =>
  call('cloudwatch:PutMetricData', '*', { ...inTokyo, 'cloudwatch:namespace': namespace });
const simulate = (role: string): Request => call('iam:SimulatePrincipalPolicy', role);
const notifyStatements = [call('sns:Publish', topic, inTokyo), call('secretsmanager:GetSecretValue', slack)];
const scheduled = (name: string, place = ''): Record<string, Truth> => ({
  [`${failoverRules.scheduler}-${name}${place}`]: only(
    {
      may: [call('lambda:InvokeFunction', reference(`aws_lambda_function.function-${name}${place}`))],
      mayNot: [call('lambda:InvokeFunction', arn(tokyo, 'lambda', 'function:aurora-promote-tokyo'))],
    },
    ...byService('scheduler'),
  ),
});

export const failoverTruths: Record<string, Truth> = {
  'aurora-healthcheck-seoul': run([askSeoul, log('aurora-healthcheck-seoul')], [], [log('other')]),
  'rds-healthcheck-tokyo': run(readDatabase),
  'aurora-promote-tokyo': run([readDatabase[0] as Request], ['promote', 'promoteGlobal']),
  'ga-switch-endpoint': run(
    [readTraffic],
    ['traffic'],
    [
      call(
        'globalaccelerator:UpdateEndpointGroup',
        globalArn(tokyo, 'globalaccelerator', 'accelerator/other'),
        atAccelerator,
      ),
    ],
  ),
  'eks-scale-dr': run(
    [call('eks:DescribeNodegroup', nodeGroup(tokyo))],
    ['nodes'],
    [call('eks:UpdateNodegroupConfig', arn(tokyo, 'eks', `nodegroup/${clusters.tokyo.name}/other/1`))],
  ),
  'sns-notify-dr': run(notifyStatements),
  'dr-failover-lock': run(
    [call('dynamodb:GetItem', lock), call('kms:Decrypt', aKey(tokyo), keyOf(tokyo, 'secrets', 'secretsmanager'))],
    ['lock', 'readEpoch'],
    [
      call('dynamodb:PutItem', arn(tokyo, 'dynamodb', 'table/prod-booking-seats')),
      call('secretsmanager:GetSecretValue', slack),
      call('kms:GenerateDataKey', aKey(tokyo), keyOf(tokyo, 'secrets', 'secretsmanager')),
    ],
  ),
  'dr-failover-check': run([...readDatabase, readTraffic]),
  'dr-readiness': run(
    [
      ...readDatabase,
      readTraffic,
      ...notifyStatements,
      metric(failover.metrics),
      call('secretsmanager:GetSecretValue', canaryShows),
      ...['aurora-promote-tokyo', failover.machine].map((name) => simulate(roleArn(tokyo, name))),
    ],
    [],
    [metric('AWS/Other'), simulate(roleArn(tokyo, people.admin))],
  ),
  'dr-probe-seoul': run([askSeoul, metric(failover.metrics)], [], [metric('AWS/Other')]),
  'dr-probe-seoul-witness': run([askSeoul, metric(failover.metrics), log('dr-probe-seoul', acceleratorRegion)]),
  [failover.machine]: only(
    {
      may: [
        call('lambda:InvokeFunction', arn(tokyo, 'lambda', 'function:aurora-promote-tokyo')),
        ...calls(['kms:Decrypt', 'kms:GenerateDataKey'], aKey(tokyo), keyOf(tokyo, 'secrets', 'secretsmanager')),
      ],
      own: ['epoch'],
      mayNot: [
        call('lambda:InvokeFunction', arn(tokyo, 'lambda', 'function:other')),
        call('kms:GenerateDataKey', aKey(tokyo), keyOf(tokyo, 'data', 'secretsmanager')),
      ],
    },
    ...byService('states'),
  ),
  [failoverRules.starter]: only(
    {
      may: [call('states:StartExecution', arn(tokyo, 'states', `stateMachine:${failover.machine}`))],
      mayNot: [call('states:StartExecution', arn(tokyo, 'states', 'stateMachine:other'))],
    },
    ...byService('events'),
  ),
  ...scheduled('dr-readiness'),
  ...scheduled('dr-probe-seoul'),
  ...scheduled('dr-probe-seoul', '-witness'),
};
