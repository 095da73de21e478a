import {
  arn,
  boundaryPolicy,
  bucketArn,
  bucketSuffix,
  failover,
  githubTokens,
  globalArn,
  people,
  policyArn,
  roleArn,
  stateBucket,
  trail,
  trailBucket,
  workflows,
} from '../../../overlays/names.ts';
import type { Asker, Request } from '../evaluate.ts';
import { aKey, call, calls, keepsData, keyOf, reference, seoul, someone, type Truth, tokyo } from './kit.ts';
import { mfa, person } from './people.ts';

const token = (sub: string, aud = 'sts.amazonaws.com'): Asker => ({
  kind: 'Federated',
  id: reference('aws_iam_openid_connect_provider.github'),
  action: 'sts:AssumeRoleWithWebIdentity',
  context: { [`${githubTokens}:sub`]: sub, [`${githubTokens}:aud`]: aud },
});
const repository = 'repo:tickets-example/platform';
const withBoundary = { 'iam:PermissionsBoundary': policyArn(tokyo, boundaryPolicy) };

/** What the stack `access` makes, besides users, groups and roles: each call that changes it. */
const accessStays: Request[] = [
  ...calls(
    ['iam:DeleteAccountPasswordPolicy', 'iam:UpdateAccountPasswordPolicy', 's3:PutAccountPublicAccessBlock'],
    '*',
  ),
  ...calls(
    [
      ...['cloudtrail:DeleteTrail', 'cloudtrail:PutEventSelectors', 'cloudtrail:PutInsightSelectors'],
      ...['cloudtrail:StopLogging', 'cloudtrail:UpdateTrail'],
    ],
    arn(tokyo, 'cloudtrail', `trail/${trail}`),
  ),
  ...calls(
    [
      ...['s3:DeleteBucketPolicy', 's3:PutBucketPolicy', 's3:PutBucketPublicAccessBlock', 's3:PutBucketVersioning'],
      ...['s3:PutEncryptionConfiguration', 's3:PutLifecycleConfiguration'],
    ],
    bucketArn(trailBucket(tokyo)),
  ),
  ...calls(
    ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObject'],
    `${bucketArn(trailBucket(tokyo))}/AWSLogs/any`,
  ),
  ...calls(
    ['kms:CreateGrant', 'kms:DisableKeyRotation', 'kms:PutKeyPolicy', 'kms:UpdateAlias'],
    aKey(tokyo),
    keyOf(tokyo, 'trail', 's3'),
  ),
  ...calls(['s3:DeleteObject', 's3:PutObject'], `${bucketArn(stateBucket(tokyo))}/access.tfstate`),
  call('iam:DeleteServiceLinkedRole', roleArn(seoul, 'aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot')),
  call('iam:DeleteVirtualMFADevice', globalArn(seoul, 'iam', 'mfa/someone')),
];

/** What every account of an organisation has, with all rights and without a boundary. */
const unbounded = roleArn(seoul, 'OrganizationAccountAccessRole');

/** Workflows of the platform repository: none is anything but what its branch or its environment makes it. */
export const workflowTruths: Record<string, Truth> = {
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
      call('wafv2:GetWebACL', '*'),
      call('logs:DescribeLogGroups', '*'),
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
      ...['gateway-seoul', 'gateway-tokyo', 'sign-in', 'site'].map((stack) =>
        call('s3:GetObject', `${bucketArn(stateBucket(tokyo))}/${stack}.tfstate`),
      ),
      ...[seoul, tokyo].flatMap((region) =>
        ['apikeys', 'apikeys/any', 'usageplans/any/keys', 'usageplans/any/keys/any'].map((path) =>
          call('apigateway:GET', `arn:aws:apigateway:${region.aws.region}::/${path}`),
        ),
      ),
      ...calls(
        ['cloudfront:GetDistribution', 'cloudfront:GetDistributionConfig'],
        globalArn(seoul, 'cloudfront', 'distribution/any'),
      ),
      ...calls(
        [
          ...['cloudfront:ListDistributions', 'cloudfront:ListDistributionsByCachePolicyId'],
          ...['cloudfront:ListDistributionsByRealtimeLogConfig', 'cloudfront:ListDistributionsByWebACLId'],
          ...['ec2:DescribeInstanceAttribute', 'ec2:DescribeVpnConnections', 'logs:DescribeQueries'],
          ...['wafv2:GetDecryptedAPIKey', 'wafv2:ListAPIKeys', 'secretsmanager:BatchGetSecretValue'],
        ],
        '*',
      ),
      ...calls(
        ['cognito-idp:DescribeUserPoolClient', 'cognito-idp:DescribeIdentityProvider', 'cognito-idp:ListUsers'],
        arn(seoul, 'cognito-idp', 'userpool/any'),
      ),
      ...calls(['ssm:GetParameterHistory', 'ssm:GetParametersByPath'], arn(tokyo, 'ssm', 'parameter/tickets/failover')),
      call('states:DescribeExecution', arn(tokyo, 'states', `execution:${failover.machine}:any`)),
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
      ...calls(['iam:UpdateAssumeRolePolicy', 'iam:DetachRolePolicy'], roleArn(seoul, 'ours'), withBoundary),
      call('iam:GetRole', roleArn(seoul, people.admin)),
      call('s3:DeleteObject', `${bucketArn(stateBucket(tokyo))}/data.tfstate.tflock`),
      call('s3:PutBucketPolicy', bucketArn('prod-live-recordings')),
      call('s3:GetObject', `${bucketArn(stateBucket(tokyo))}/access.tfstate`),
      call('dynamodb:UpdateTable', arn(seoul, 'dynamodb', 'table/prod-booking-seats')),
      call('logs:PutRetentionPolicy', arn(tokyo, 'logs', 'log-group:/aws/lambda/dr-readiness:*')),
      call('kms:CreateGrant', aKey(tokyo), keyOf(tokyo, 'data', 'rds')),
    ],
    mayNot: [
      ...keepsData,
      ...accessStays,
      ...calls(
        [
          ...['iam:AttachRolePolicy', 'iam:DeleteRolePolicy', 'iam:DetachRolePolicy', 'iam:PutRolePolicy'],
          ...['iam:UpdateAssumeRolePolicy', 'sts:AssumeRole'],
        ],
        unbounded,
      ),
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
