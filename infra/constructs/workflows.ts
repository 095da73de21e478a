import { IamOpenidConnectProvider } from '@cdktn/provider-aws/lib/iam-openid-connect-provider/index.js';
import {
  apiKeysArn,
  arn,
  boundaryPolicy,
  bucketArn,
  githubTokens,
  globalArn,
  parameter,
  people,
  policyArn,
  roleArn,
  servicePrincipal,
  stateBucket,
  workflows,
} from '../../overlays/names.ts';
import type { Region, RegionName } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import type { Scope } from '../stack.ts';
import { destroysData } from './boundary.ts';
import { role } from './roles.ts';

/** What a plan reads: how everything is set up, and nothing that is stored. */
const settings: Record<string, string[]> = {
  acm: ['Describe*', 'List*'],
  'application-autoscaling': ['Describe*', 'ListTagsForResource'],
  apigateway: ['GET'],
  cloudfront: ['Describe*', 'Get*', 'List*'],
  cloudtrail: ['Describe*', 'GetEventSelectors', 'GetTrail', 'GetTrailStatus', 'ListTags'],
  cloudwatch: ['Describe*', 'Get*', 'List*'],
  'cognito-idp': [
    'DescribeResourceServer',
    'DescribeUserPool',
    'DescribeUserPoolDomain',
    'GetUserPoolMfaConfig',
    'List*',
  ],
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
  logs: ['Describe*', 'List*'],
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
  states: ['Describe*', 'List*'],
  sts: ['GetCallerIdentity'],
  wafv2: ['Get*', 'List*'],
};

/** Stacks whose states have a key of API Gateway or a client's secret, because AWS makes those up: a person plans them. */
const withKeys = ['site', 'sign-in'];

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
  {
    sid: 'NoKeysThere',
    effect: 'Deny',
    actions: ['apigateway:GET', 'cloudfront:GetDistribution', 'cloudfront:GetDistributionConfig'],
    resources: [
      ...regions.flatMap((region) => [apiKeysArn(region), apiKeysArn(region, '/*')]),
      ...regions.slice(0, 1).map((region) => globalArn(region, 'cloudfront', 'distribution/*')),
    ],
  },
];

/** It makes everything but who may do what: no user, no role without the boundary, none of the roles of `access`. And it deletes no data. */
const applyStatements = (home: Region): Statement[] => {
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
        ...['user/*', 'group/*', 'oidc-provider/*', 'saml-provider/*', `policy/${boundaryPolicy}`].map((what) =>
          globalArn(home, 'iam', what),
        ),
      ],
    },
    {
      sid: 'RolesHaveTheBoundary',
      effect: 'Deny',
      actions: ['iam:AttachRolePolicy', 'iam:CreateRole', 'iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'],
      resources: ['*'],
      conditions: withoutBoundary,
    },
    { sid: 'BoundariesStay', effect: 'Deny', actions: ['iam:DeleteRolePermissionsBoundary'], resources: ['*'] },
    {
      sid: 'NoAccount',
      effect: 'Deny',
      actions: ['account:*', 'iam:CreateAccessKey', 'iam:CreateLoginProfile', 'iam:CreateUser', 'organizations:*'],
      resources: ['*'],
    },
    { sid: 'KeepsData', effect: 'Deny', actions: destroysData, resources: ['*'] },
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
    statements: applyStatements(home),
    bounded: false,
  });
}
