import { IamOpenidConnectProvider } from '@cdktn/provider-aws/lib/iam-openid-connect-provider/index.js';
import {
  arn,
  boundaryPolicy,
  bucketArn,
  githubTokens,
  globalArn,
  keyAlias,
  parameter,
  people,
  policyArn,
  roleArn,
  servicePrincipal,
  stateBucket,
  trailBucket,
  workflows,
} from '../../overlays/names.ts';
import type { Region, RegionName } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import type { Scope } from '../stack.ts';
import { destroysData } from './boundary.ts';
import { role } from './roles.ts';

/** What a plan reads: how everything is set up, and nothing that is stored. No service is here whose settings have keys. */
const settings: Record<string, string[]> = {
  acm: ['Describe*', 'List*'],
  'application-autoscaling': ['Describe*', 'ListTagsForResource'],
  cloudtrail: ['Describe*', 'GetEventSelectors', 'GetTrail', 'GetTrailStatus', 'ListTags'],
  cloudwatch: ['Describe*', 'Get*', 'List*'],
  dynamodb: ['Describe*', 'List*'],
  ec2: ['Describe*', 'GetEbsEncryptionByDefault', 'GetSnapshotBlockPublicAccessState'],
  ecr: ['Describe*', 'GetLifecyclePolicy', 'GetRegistryScanningConfiguration', 'GetRepositoryPolicy', 'List*'],
  eks: ['Describe*', 'List*'],
  elasticloadbalancing: ['Describe*'],
  events: ['Describe*', 'List*'],
  firehose: ['DescribeDeliveryStream', 'List*'],
  globalaccelerator: ['Describe*', 'List*'],
  iam: ['Get*', 'List*'],
  kafka: ['Describe*', 'List*'],
  kms: ['DescribeKey', 'GetKeyPolicy', 'GetKeyRotationStatus', 'GetPublicKey', 'List*'],
  lambda: ['GetFunction*', 'GetPolicy', 'List*'],
  // Not what people asked of the lines.
  logs: ['DescribeLogGroups', 'DescribeLogStreams', 'DescribeSubscriptionFilters', 'ListTagsForResource'],
  rds: ['Describe*', 'List*'],
  s3: [
    'GetAccelerateConfiguration',
    'GetAccountPublicAccessBlock',
    'GetBucket*',
    'GetEncryptionConfiguration',
    'GetLifecycleConfiguration',
    'GetReplicationConfiguration',
  ],
  route53: ['Get*', 'List*'],
  scheduler: ['Get*', 'List*'],
  secretsmanager: ['DescribeSecret', 'GetRandomPassword', 'GetResourcePolicy'],
  sns: ['Get*', 'List*'],
  ssm: ['DescribeParameters', 'ListTagsForResource'],
  sqs: ['GetQueueAttributes', 'GetQueueUrl', 'ListQueueTags'],
  states: ['DescribeStateMachine*', 'List*'],
  sts: ['GetCallerIdentity'],
  wafv2: ['GetLoggingConfiguration', 'GetWebACL', 'ListTagsForResource', 'ListWebACLs'],
};

/** Stacks whose states have a key of API Gateway or a client's secret, because AWS makes those up: a person plans them. */
const withKeys = ['gateway-seoul', 'gateway-tokyo', 'sign-in', 'site'];

/**
 * Calls that show such keys, whatever the list above may get: as a key of a usage plan, as a header of an origin, as a client's secret. What starts a
 * machine may have one, too.
 */
const showsKeys = [
  ...['apigateway:*', 'cloudfront:*', 'cognito-idp:*', 'ec2:DescribeInstanceAttribute', 'ec2:DescribeVpnConnections'],
  ...['wafv2:GetDecryptedAPIKey', 'wafv2:ListAPIKeys'],
];

const planStatements = (regions: readonly Region[]): Statement[] => [
  {
    sid: 'Settings',
    actions: Object.entries(settings).flatMap(([service, list]) => list.map((action) => `${service}:${action}`)),
    resources: ['*'],
  },
  {
    sid: 'Published',
    actions: ['ssm:GetParameter', 'ssm:GetParameters'],
    resources: regions.map((region) => arn(region, 'ssm', `parameter${parameter('*')}`)),
  },
  { sid: 'FindState', actions: ['s3:ListBucket'], resources: regions.map((region) => bucketArn(stateBucket(region))) },
  {
    sid: 'ReadState',
    actions: ['s3:GetObject'],
    resources: regions.map((region) => `${bucketArn(stateBucket(region))}/*.tfstate`),
  },
  {
    sid: 'NoKeysOfTheEntrance',
    effect: 'Deny',
    actions: ['s3:GetObject'],
    resources: regions.flatMap((region) =>
      withKeys.map((stack) => `${bucketArn(stateBucket(region))}/${stack}.tfstate`),
    ),
  },
  { sid: 'NoKeysThere', effect: 'Deny', actions: showsKeys, resources: ['*'] },
];

/** What services do with their own data, and Terraform never. */
const erasesData = [
  ...['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  ...['dynamodb:PartiQLDelete', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'],
  ...['ec2:DeleteSnapshot', 'ec2:DeleteVolume', 'sqs:PurgeQueue'],
];

/** It makes everything but who may do what: no user, no role without the boundary, none of the roles of `access`. And it deletes no data. */
const applyStatements = (regions: Record<RegionName, Region>): Statement[] => {
  const home = regions.tokyo;
  const both = Object.values(regions);
  const states = (what: string) => both.map((region) => `${bucketArn(stateBucket(region))}/${what}`);
  const boundaryArn = policyArn(home, boundaryPolicy);
  const withoutBoundary = { StringNotEquals: { 'iam:PermissionsBoundary': boundaryArn } };
  const given = [...Object.values(people), ...Object.values(workflows)];
  return [
    {
      sid: 'AccessIsForPeople',
      effect: 'Deny',
      actions: ['iam:Get*', 'iam:List*'],
      notActions: true,
      resources: [
        ...given.map((name) => roleArn(home, name)),
        ...['user/*', 'group/*', 'mfa/*', 'oidc-provider/*', 'saml-provider/*', `policy/${boundaryPolicy}`].map(
          (what) => globalArn(home, 'iam', what),
        ),
      ],
    },
    {
      sid: 'RolesHaveTheBoundary',
      effect: 'Deny',
      actions: [
        ...['iam:AttachRolePolicy', 'iam:CreateRole', 'iam:DeleteRolePolicy', 'iam:DetachRolePolicy'],
        ...['iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'],
        // Otherwise a role without one could be made to trust this one, which would then be that role. Older lists of AWS know no boundary in this call: then
        // it is refused for every role.
        'iam:UpdateAssumeRolePolicy',
      ],
      resources: ['*'],
      conditions: withoutBoundary,
    },
    { sid: 'BoundariesStay', effect: 'Deny', actions: ['iam:DeleteRolePermissionsBoundary'], resources: ['*'] },
    {
      sid: 'NoAccount',
      effect: 'Deny',
      actions: [
        ...['account:*', 'cloudtrail:*', 'iam:CreateAccessKey', 'iam:CreateLoginProfile', 'iam:CreateUser'],
        ...['iam:DeleteAccountPasswordPolicy', 'iam:DeleteServiceLinkedRole', 'iam:UpdateAccountPasswordPolicy'],
        ...['organizations:*', 's3:PutAccountPublicAccessBlock', 'sts:Assume*'],
      ],
      resources: ['*'],
    },
    {
      sid: 'TrailIsForPeople',
      effect: 'Deny',
      actions: ['s3:Get*', 's3:List*'],
      notActions: true,
      resources: [bucketArn(trailBucket(home)), `${bucketArn(trailBucket(home))}/*`, ...states('access.tfstate*')],
    },
    {
      sid: 'ItsKeyToo',
      effect: 'Deny',
      actions: ['kms:*'],
      resources: ['*'],
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [keyAlias('trail')] } },
    },
    { sid: 'KeepsData', effect: 'Deny', actions: [...destroysData, ...erasesData], resources: ['*'] },
    {
      sid: 'KeepsObjects',
      effect: 'Deny',
      actions: ['s3:DeleteObject', 's3:PutObject'],
      // All that Terraform writes.
      resources: [...states('*.tfstate'), ...states('*.tfstate.tflock')],
      notResources: true,
    },
    {
      // How long those of pods and of the control plane are kept. Terraform sets it once, when a person applies a new cluster.
      sid: 'KeepsLogs',
      effect: 'Deny',
      actions: ['logs:PutRetentionPolicy'],
      resources: ['/aws/containerinsights/*', '/aws/eks/*'].flatMap((group) =>
        both.map((region) => arn(region, 'logs', `log-group:${group}`)),
      ),
    },
  ];
};

/** Workflows of the platform repository sign in by OIDC: no key is stored anywhere. */
export function workflowRoles(scope: Scope, regions: Record<RegionName, Region>, repository: string): void {
  const home = regions.tokyo;
  const provider = new IamOpenidConnectProvider(scope.stack, 'github', {
    provider: scope.provider(home.name),
    url: `https://${githubTokens}`,
    clientIdList: [servicePrincipal('sts')],
  });
  const trust = (subject: string): Statement[] => [
    {
      sid: 'Workflow',
      actions: ['sts:AssumeRoleWithWebIdentity'],
      principals: { Federated: [provider.arn] },
      conditions: {
        StringEquals: {
          [`${githubTokens}:aud`]: servicePrincipal('sts'),
          [`${githubTokens}:sub`]: `repo:${repository}:${subject}`,
        },
      },
    },
  ];
  role(scope, home.name, {
    name: workflows.plan,
    description: 'Plans, for a pull request',
    trust: trust('pull_request'),
    statements: planStatements(Object.values(regions)),
  });
  // The environment has reviewers: GitHub asks one of them before it gives out the token.
  role(scope, home.name, {
    name: workflows.apply,
    description: 'Applies what was reviewed',
    trust: trust('environment:production'),
    managed: ['AdministratorAccess'],
    statements: applyStatements(regions),
    bounded: false,
  });
}
