import {
  arn,
  bucketArn,
  failover,
  failoverRules,
  firewallBucket,
  globalArn,
  globalDatabase,
  globalRegion,
  people,
  roleArn,
  siteLogBucket,
  stateBucket,
  writerEpochSecret,
} from '../../../overlays/names.ts';
import type { Asker, Context, Request } from '../evaluate.ts';
import {
  aKey,
  call,
  calls,
  elsewhere,
  keepsData,
  keyOf,
  mallory,
  never,
  podLogs,
  seoul,
  service,
  someone,
  type Truth,
  tokyo,
} from './kit.ts';

/** People: with a second factor of this hour, and from this account. */
export const person = (id: string, context: Context = {}): Asker => ({ kind: 'AWS', id, context });
export const mfa = { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '60' };
export const withMfa: Pick<Truth, 'assumedBy' | 'notBy'> = {
  assumedBy: [person(someone, mfa), person(someone, { ...mfa, 'aws:MultiFactorAuthAge': '3599' })],
  notBy: [
    person(someone),
    person(someone, { ...mfa, 'aws:MultiFactorAuthPresent': 'false' }),
    person(someone, { 'aws:MultiFactorAuthPresent': 'true' }),
    person(someone, { ...mfa, 'aws:MultiFactorAuthAge': '3600' }),
    person(mallory, mfa),
    service('ec2'),
  ],
};

const global = { ...tokyo, aws: { ...tokyo.aws, region: globalRegion } };
const epoch = arn(tokyo, 'secretsmanager', `secret:${writerEpochSecret}-a1b2c3`);

/** What the person on call does by commands that docs/ only names; the others are in runbook.ts. */
export const inline: Record<string, Request[]> = {
  's3 cp': [
    call('s3:GetObject', `${bucketArn(firewallBucket(global))}/AWSLogs/a`),
    call('s3:ListBucket', bucketArn(firewallBucket(global))),
    call('kms:Decrypt', aKey(global), keyOf(global, 'firewall', 's3')),
  ],
};

/** A query of docs/logs.md, in the group of each cluster. */
const queries: Request[] = [seoul, tokyo].flatMap((region) => [
  ...calls(['logs:FilterLogEvents', 'logs:StartQuery'], `${podLogs(region)}:*`),
  call('logs:GetQueryResults', '*', { 'aws:RequestedRegion': region.aws.region }),
]);

export const access: Record<string, Truth> = {
  [people.admin]: { ...withMfa, may: [call('iam:CreateRole', roleArn(seoul, 'new')), ...keepsData], mayNot: [] },
  [people.developer]: {
    ...withMfa,
    may: [call('cloudwatch:GetMetricData', '*', { 'aws:RequestedRegion': seoul.aws.region }), ...queries],
    mayNot: [
      ...never,
      call('cloudwatch:GetMetricData', '*', { 'aws:RequestedRegion': elsewhere.aws.region }),
      ...calls(
        ['logs:FilterLogEvents', 'logs:StartQuery'],
        arn(seoul, 'logs', 'log-group:/aws/eks/eks-cluster/cluster'),
      ),
      // The ids of what others asked for.
      call('logs:DescribeQueries', '*'),
      call('logs:GetQueryResults', '*', { 'aws:RequestedRegion': elsewhere.aws.region }),
      call('rds:FailoverGlobalCluster', globalArn(tokyo, 'rds', `global-cluster:${globalDatabase.name}`)),
      call('dynamodb:GetItem', arn(seoul, 'dynamodb', 'table/prod-booking-seats')),
    ],
  },
  [people.oncall]: {
    ...withMfa,
    may: [
      ...queries,
      call('states:StartExecution', arn(tokyo, 'states', `stateMachine:${failover.machine}`)),
      ...calls(
        ['rds:FailoverGlobalCluster', 'rds:SwitchoverGlobalCluster'],
        arn(tokyo, 'rds', `cluster:${globalDatabase.clusters.tokyo}`),
      ),
      call(
        'globalaccelerator:UpdateEndpointGroup',
        globalArn(tokyo, 'globalaccelerator', 'accelerator/a/listener/b/endpoint-group/c'),
        {
          'aws:RequestedRegion': 'us-west-2',
        },
      ),
      call('eks:UpdateNodegroupConfig', arn(tokyo, 'eks', 'nodegroup/dr-eks-cluster/dr-nodegroup/1')),
      call('events:PutEvents', arn(tokyo, 'events', 'event-bus/default'), {
        'events:source': failover.sources.rehearsal,
      }),
      ...Object.values(inline).flat(),
      call('dynamodb:UpdateItem', arn(tokyo, 'dynamodb', `table/${failover.lockTable}`)),
      call('kms:Decrypt', aKey(tokyo), keyOf(tokyo, 'failover', 'dynamodb')),
      ...calls(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], epoch),
      ...calls(['kms:Decrypt', 'kms:GenerateDataKey'], aKey(tokyo), keyOf(tokyo, 'secrets', 'secretsmanager')),
      call('sqs:ReceiveMessage', arn(tokyo, 'sqs', failoverRules.deadLetters)),
      call('s3:GetObject', `${bucketArn(siteLogBucket(global))}/AWSLogs/a`),
      call('kms:Decrypt', aKey(global), keyOf(global, 'site', 's3')),
    ],
    mayNot: [
      ...never,
      call('states:StartExecution', arn(tokyo, 'states', 'stateMachine:other')),
      call('states:StartExecution', arn(seoul, 'states', `stateMachine:${failover.machine}`)),
      call('events:PutEvents', arn(tokyo, 'events', 'event-bus/default'), { 'events:source': 'aws.cloudwatch' }),
      call('eks:UpdateNodegroupConfig', arn(seoul, 'eks', 'nodegroup/eks-cluster/eks-nodegroup/1')),
      call('rds:FailoverGlobalCluster', arn(seoul, 'rds', 'cluster:reserve-db-dev')),
      ...calls(['dynamodb:PutItem', 'dynamodb:DeleteItem'], arn(tokyo, 'dynamodb', `table/${failover.lockTable}`)),
      call('dynamodb:UpdateItem', arn(tokyo, 'dynamodb', 'table/prod-booking-seats')),
      // Customers' data.
      ...calls(
        ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'],
        arn(tokyo, 'dynamodb', 'table/prod-booking-sales'),
      ),
      ...calls(['rds:ModifyDBInstance', 'rds:PromoteReadReplica'], arn(tokyo, 'rds', 'db:any')),
      call(
        'secretsmanager:PutSecretValue',
        arn(tokyo, 'secretsmanager', 'secret:platform/prod/booking-queue-key-a1b2c3'),
      ),
      call('secretsmanager:DeleteSecret', epoch),
      call('sqs:PurgeQueue', arn(tokyo, 'sqs', failoverRules.deadLetters)),
      call('s3:DeleteObject', `${bucketArn(firewallBucket(global))}/AWSLogs/a`),
      call('s3:GetObject', `${bucketArn(stateBucket(tokyo))}/site.tfstate`),
      call('kms:Decrypt', aKey(seoul), keyOf(seoul, 'data', 'dynamodb')),
    ],
  },
  [people.auditor]: { ...withMfa, may: [], mayNot: never },
};
