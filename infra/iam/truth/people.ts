import {
  arn,
  boundaryPolicy,
  bucketArn,
  bucketSuffix,
  failover,
  failoverRules,
  firewallBucket,
  githubTokens,
  globalArn,
  globalDatabase,
  globalRegion,
  people,
  policyArn,
  roleArn,
  siteLogBucket,
  stateBucket,
  workflows,
  writerEpochSecret,
} from '../../../overlays/names.ts';
import type { Asker, Context, Request } from '../evaluate.ts';
import {
  aKey,
  call,
  calls,
  elsewhere,
  keyOf,
  mallory,
  never,
  reference,
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
export const token = (sub: string, aud = 'sts.amazonaws.com'): Asker => ({
  kind: 'Federated',
  id: reference('aws_iam_openid_connect_provider.github'),
  action: 'sts:AssumeRoleWithWebIdentity',
  context: { [`${githubTokens}:sub`]: sub, [`${githubTokens}:aud`]: aud },
});
export const repository = 'repo:tickets-example/platform';

export const keepsData: Request[] = [
  call('rds:DeleteDBCluster', arn(seoul, 'rds', 'cluster:reserve-db-prod')),
  call('rds:RemoveFromGlobalCluster', globalArn(seoul, 'rds', 'global-cluster:reserve-db-global')),
  call('dynamodb:DeleteTable', arn(seoul, 'dynamodb', 'table/prod-booking-seats')),
  call('s3:DeleteBucket', bucketArn('prod-live-recordings')),
  call('s3:DeleteObjectVersion', `${bucketArn(stateBucket(tokyo))}/data.tfstate`),
  call('kms:ScheduleKeyDeletion', aKey(seoul)),
  call('secretsmanager:DeleteSecret', arn(seoul, 'secretsmanager', 'secret:platform/prod/ticket-postgres-a1b2c3')),
  call('eks:DeleteCluster', arn(seoul, 'eks', 'cluster/eks-cluster')),
];
export const withBoundary = { 'iam:PermissionsBoundary': policyArn(tokyo, boundaryPolicy) };

const global = { ...tokyo, aws: { ...tokyo.aws, region: globalRegion } };
const epoch = arn(tokyo, 'secretsmanager', `secret:${writerEpochSecret}-a1b2c3`);

/** What the commands in docs/ for the person on call ask of AWS, by the command. */
export const runbook: Record<string, Request[]> = {
  'dynamodb update-item': [
    call('dynamodb:UpdateItem', arn(tokyo, 'dynamodb', `table/${failover.lockTable}`)),
    call('kms:Decrypt', aKey(tokyo), keyOf(tokyo, 'failover', 'dynamodb')),
  ],
  's3 cp': [
    call('s3:GetObject', `${bucketArn(firewallBucket(global))}/AWSLogs/a`),
    call('s3:ListBucket', bucketArn(firewallBucket(global))),
    call('kms:Decrypt', aKey(global), keyOf(global, 'firewall', 's3')),
  ],
  'secretsmanager get-secret-value': [
    call('secretsmanager:GetSecretValue', epoch),
    call('kms:Decrypt', aKey(tokyo), keyOf(tokyo, 'secrets', 'secretsmanager')),
  ],
  'secretsmanager put-secret-value': [
    call('secretsmanager:PutSecretValue', epoch),
    call('kms:GenerateDataKey', aKey(tokyo), keyOf(tokyo, 'secrets', 'secretsmanager')),
  ],
  'stepfunctions start-execution': [
    call('states:StartExecution', arn(tokyo, 'states', `stateMachine:${failover.machine}`)),
  ],
};

export const access: Record<string, Truth> = {
  [people.admin]: { ...withMfa, may: [call('iam:CreateRole', roleArn(seoul, 'new')), ...keepsData], mayNot: [] },
  [people.developer]: {
    ...withMfa,
    may: [
      call('cloudwatch:GetMetricData', '*', { 'aws:RequestedRegion': seoul.aws.region }),
      call('logs:FilterLogEvents', arn(seoul, 'logs', 'log-group:/aws/containerinsights/eks-cluster/application')),
    ],
    mayNot: [
      ...never,
      call('cloudwatch:GetMetricData', '*', { 'aws:RequestedRegion': elsewhere.aws.region }),
      call('logs:FilterLogEvents', arn(seoul, 'logs', 'log-group:/aws/eks/eks-cluster/cluster')),
      call('rds:FailoverGlobalCluster', globalArn(tokyo, 'rds', `global-cluster:${globalDatabase.name}`)),
      call('dynamodb:GetItem', arn(seoul, 'dynamodb', 'table/prod-booking-seats')),
    ],
  },
  [people.oncall]: {
    ...withMfa,
    may: [
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
      ...Object.values(runbook).flat(),
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
  [workflows.plan]: {
    assumedBy: [token(`${repository}:pull_request`)],
    notBy: [
      token(`${repository}:environment:production`),
      token(`${repository}:ref:refs/heads/main`),
      token('repo:tickets-example/ticket:pull_request'),
      token('repo:mallory/platform:pull_request'),
      token(`${repository}:pull_request`, 'https://github.com/mallory'),
      person(someone, mfa),
    ],
    may: [
      call('rds:DescribeDBClusters', '*'),
      call('iam:GetRole', roleArn(seoul, 'any')),
      call('ssm:GetParameter', arn(tokyo, 'ssm', 'parameter/tickets/failover/accelerator')),
      call('s3:GetObject', `${bucketArn(stateBucket(tokyo))}/data.tfstate`),
      call('apigateway:GET', 'arn:aws:apigateway:ap-northeast-1::/restapis/any'),
      call(
        'secretsmanager:DescribeSecret',
        arn(seoul, 'secretsmanager', 'secret:platform/prod/ticket-postgres-a1b2c3'),
      ),
    ],
    mayNot: [
      ...keepsData,
      call(
        'secretsmanager:GetSecretValue',
        arn(seoul, 'secretsmanager', 'secret:platform/prod/ticket-postgres-a1b2c3'),
      ),
      ...['site', 'sign-in'].map((stack) => call('s3:GetObject', `${bucketArn(stateBucket(tokyo))}/${stack}.tfstate`)),
      call('apigateway:GET', 'arn:aws:apigateway:ap-northeast-1::/apikeys/any'),
      call('cloudfront:GetDistribution', globalArn(seoul, 'cloudfront', 'distribution/any')),
      call('cognito-idp:DescribeUserPoolClient', arn(seoul, 'cognito-idp', 'userpool/any')),
      call('dynamodb:GetItem', arn(seoul, 'dynamodb', 'table/prod-booking-seats')),
      call('s3:GetObject', `${bucketArn(`prod-live-recordings${bucketSuffix(seoul)}`)}/a`),
      call('s3:PutObject', `${bucketArn(stateBucket(tokyo))}/data.tfstate`),
      call('kms:Decrypt', aKey(seoul)),
      call('iam:PutRolePolicy', roleArn(seoul, 'any')),
      call('ec2:RunInstances', arn(seoul, 'ec2', 'instance/*')),
      call('ssm:GetParameter', arn(tokyo, 'ssm', 'parameter/other')),
      call('lambda:InvokeFunction', arn(tokyo, 'lambda', 'function:any')),
    ],
  },
  [workflows.apply]: {
    assumedBy: [token(`${repository}:environment:production`)],
    notBy: [
      token(`${repository}:pull_request`),
      token(`${repository}:environment:staging`),
      token(`${repository}:ref:refs/heads/main`),
      token('repo:mallory/platform:environment:production'),
      token(`${repository}:environment:production`, 'other'),
    ],
    may: [
      call('ec2:CreateVpc', arn(seoul, 'ec2', 'vpc/*')),
      call('iam:CreateRole', roleArn(seoul, 'new'), withBoundary),
      call('iam:PutRolePolicy', roleArn(seoul, 'new'), withBoundary),
      call('s3:PutObject', `${bucketArn(stateBucket(tokyo))}/data.tfstate`),
      call('iam:GetRole', roleArn(seoul, people.admin)),
    ],
    mayNot: [
      ...keepsData,
      call('iam:CreateRole', roleArn(seoul, 'new')),
      call('iam:CreateRole', roleArn(seoul, 'new'), { 'iam:PermissionsBoundary': policyArn(tokyo, 'other') }),
      call('iam:PutRolePolicy', roleArn(seoul, 'old')),
      call('iam:DeleteRolePermissionsBoundary', roleArn(seoul, 'new')),
      ...calls(
        ['iam:UpdateAssumeRolePolicy', 'iam:PutRolePolicy', 'iam:DeleteRole'],
        roleArn(seoul, people.admin),
        withBoundary,
      ),
      ...calls(['iam:UpdateAssumeRolePolicy', 'iam:AttachRolePolicy'], roleArn(seoul, workflows.apply), withBoundary),
      call('iam:CreatePolicyVersion', policyArn(tokyo, boundaryPolicy)),
      call('iam:CreateUser', someone),
      call('iam:CreateAccessKey', someone),
      call('iam:AddUserToGroup', globalArn(seoul, 'iam', `group/${people.admin}`)),
      call('iam:UpdateOpenIDConnectProviderThumbprint', globalArn(seoul, 'iam', `oidc-provider/${githubTokens}`)),
      call('organizations:LeaveOrganization', '*'),
    ],
  },
};
