import { IamGroup } from '@cdktn/provider-aws/lib/iam-group/index.js';
import { IamGroupPolicy } from '@cdktn/provider-aws/lib/iam-group-policy/index.js';
import {
  arn,
  bucketArn,
  clusters,
  failover,
  failoverRules,
  firewallAlarm,
  firewallBucket,
  globalArn,
  globalDatabase,
  people,
  roleArn,
  siteLogBucket,
  writerEpochSecret,
} from '../../overlays/names.ts';
import type { Region, RegionName } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import { type At, idOf, type Scope } from '../stack.ts';
import { role } from './roles.ts';
import { useOfKey } from './services.ts';

/** Seconds since a person showed the second factor, at most, and that a session lasts. */
const hour = 3600;

/** Whoever has just shown a second factor, as far as a group allows it. */
const withMfa = (region: Region): Statement[] => [
  {
    sid: 'PeopleWithMfa',
    actions: ['sts:AssumeRole'],
    principals: { AWS: [globalArn(region, 'iam', 'root')] },
    conditions: {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      NumericLessThan: { 'aws:MultiFactorAuthAge': `${hour}` },
    },
  },
];

/** The name of who asks, as IAM writes it; the second `$` keeps Terraform from reading it. */
const self = '$${aws:username}';
const selfService = [
  'iam:ChangePassword',
  'iam:CreateVirtualMFADevice',
  'iam:EnableMFADevice',
  'iam:GetUser',
  'iam:ListMFADevices',
  'iam:ResyncMFADevice',
];

/** A group has one right: to assume the role of its name. And everybody may set up a second factor, without which nothing else is allowed. */
function group(scope: Scope, region: Region, name: string): void {
  const provider = scope.provider(region.name);
  const made = new IamGroup(scope.stack, `group-${idOf(name)}`, { provider, name });
  new IamGroupPolicy(scope.stack, `group-${idOf(name)}-policy`, {
    provider,
    name,
    group: made.name,
    policy: scope.policy(`group-${idOf(name)}`, [
      { sid: 'OwnRole', actions: ['sts:AssumeRole'], resources: [roleArn(region, name)] },
      {
        sid: 'OwnSecondFactor',
        actions: selfService,
        resources: [globalArn(region, 'iam', `user/${self}`), globalArn(region, 'iam', `mfa/${self}`)],
      },
      {
        sid: 'NothingElseWithoutMfa',
        effect: 'Deny',
        actions: [...selfService, 'sts:GetSessionToken'],
        notActions: true,
        resources: ['*'],
        conditions: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ]),
  });
}

const inRegions = (regions: readonly Region[]) => ({
  StringEquals: { 'aws:RequestedRegion': regions.map(({ aws }) => aws.region) },
});

/** What developers see: metrics, logs, images, and the way into the cluster, where access entries say what they may do. */
const developer = (regions: readonly Region[]): Statement[] => [
  {
    sid: 'Look',
    actions: [
      ...['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'],
      ...['ecr:DescribeImages', 'ecr:DescribeRepositories', 'ecr:ListImages'],
      ...['eks:DescribeCluster', 'eks:ListClusters', 'logs:DescribeLogGroups'],
      // It names a query, and no group that IAM could look at. Only whoever started the query has its id.
      'logs:GetQueryResults',
    ],
    resources: ['*'],
    conditions: inRegions(regions),
  },
  {
    sid: 'Logs',
    actions: ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:StartQuery'],
    resources: regions.map((region) => arn(region, 'logs', 'log-group:/aws/containerinsights/*')),
  },
];

/**
 * What the person on call does by hand when the machine does not, to fail back, and to find out what was lost. A test reads the commands of docs/.
 */
const oncall = ({ seoul, tokyo }: Record<RegionName, Region>, global: At): Statement[] => [
  ...developer([seoul, tokyo]),
  {
    sid: 'Machine',
    actions: ['states:DescribeExecution', 'states:ListExecutions', 'states:StartExecution', 'states:StopExecution'],
    resources: [
      arn(tokyo, 'states', `stateMachine:${failover.machine}`),
      arn(tokyo, 'states', `execution:${failover.machine}:*`),
    ],
  },
  {
    sid: 'Rehearse',
    actions: ['events:PutEvents'],
    resources: [arn(tokyo, 'events', 'event-bus/default')],
    conditions: { StringEquals: { 'events:source': [failover.sources.operator, failover.sources.rehearsal] } },
  },
  {
    sid: 'Writer',
    actions: ['rds:FailoverGlobalCluster', 'rds:SwitchoverGlobalCluster'],
    resources: [
      globalArn(tokyo, 'rds', `global-cluster:${globalDatabase.name}`),
      arn(seoul, 'rds', `cluster:${globalDatabase.clusters.seoul}`),
      arn(tokyo, 'rds', `cluster:${globalDatabase.clusters.tokyo}`),
    ],
  },
  {
    sid: 'Traffic',
    actions: ['globalaccelerator:UpdateEndpointGroup'],
    resources: [globalArn(tokyo, 'globalaccelerator', 'accelerator/*')],
  },
  {
    sid: 'Nodes',
    actions: ['eks:DescribeNodegroup', 'eks:UpdateNodegroupConfig'],
    resources: [arn(tokyo, 'eks', `nodegroup/${clusters.tokyo.name}/${clusters.tokyo.nodeGroup}/*`)],
  },
  {
    // Its reset after a failback is an update: the number of failovers goes on.
    sid: 'Lock',
    actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    resources: [arn(tokyo, 'dynamodb', `table/${failover.lockTable}`)],
  },
  { ...useOfKey(tokyo, 'failover', ['dynamodb'], ['Decrypt', 'GenerateDataKey']), sid: 'LockKey' },
  {
    // The way back ends with Seoul's epoch.
    sid: 'Epoch',
    actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
    resources: [arn(tokyo, 'secretsmanager', `secret:${writerEpochSecret}-??????`)],
  },
  { ...useOfKey(tokyo, 'secrets', ['secretsmanager'], ['Decrypt', 'GenerateDataKey']), sid: 'EpochKey' },
  {
    sid: 'DeadLetters',
    actions: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
    resources: [arn(tokyo, 'sqs', failoverRules.deadLetters), arn(global, 'sqs', firewallAlarm.deadLetters)],
  },
  {
    // What the firewall did, and who asked the site for what: during an attack, and for nobody else.
    sid: 'Records',
    actions: ['s3:GetObject', 's3:ListBucket'],
    resources: [firewallBucket(global), siteLogBucket(global)].flatMap((name) => [
      bucketArn(name),
      `${bucketArn(name)}/*`,
    ]),
  },
  { ...useOfKey(global, 'firewall', ['s3'], ['Decrypt']), sid: 'FirewallKey' },
  { ...useOfKey(global, 'site', ['s3'], ['Decrypt']), sid: 'SiteKey' },
  {
    sid: 'See',
    actions: [
      ...['globalaccelerator:DescribeAccelerator', 'globalaccelerator:DescribeEndpointGroup'],
      ...[
        'globalaccelerator:ListAccelerators',
        'globalaccelerator:ListEndpointGroups',
        'globalaccelerator:ListListeners',
      ],
      ...['elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeTargetGroups'],
      ...['elasticloadbalancing:DescribeTargetHealth', 'rds:DescribeDBClusters', 'rds:DescribeGlobalClusters'],
    ],
    resources: ['*'],
  },
];

/** Groups and the roles that they assume. People sign in as users with a second factor, and do everything as one of these. */
export function peopleAndRoles(scope: Scope, regions: Record<RegionName, Region>, global: At): void {
  const home = regions.tokyo;
  const rights: Record<
    string,
    Pick<Parameters<typeof role>[2], 'statements' | 'managed' | 'bounded' | 'description'>
  > = {
    [people.admin]: { description: 'Platform engineers', managed: ['AdministratorAccess'], bounded: false },
    [people.developer]: { description: 'Developers of services', statements: developer(Object.values(regions)) },
    [people.oncall]: {
      description: 'Who is on call, and moves the traffic to Tokyo',
      statements: oncall(regions, global),
    },
    [people.auditor]: {
      description: 'Sees how everything is set up, and no data',
      managed: ['SecurityAudit'],
      bounded: false,
    },
  };
  for (const [name, given] of Object.entries(rights)) {
    group(scope, home, name);
    role(scope, home.name, { name, trust: withMfa(home), session: hour, ...given });
  }
}
