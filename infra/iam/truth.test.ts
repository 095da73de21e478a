import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { bucketArn, people, roleArn, stateBucket, workflows } from '../../overlays/names.ts';
import { seoul } from '../../overlays/regions/seoul.ts';
import { tokyo } from '../../overlays/regions/tokyo.ts';
import { type Json, readStacks } from '../rules/stacks.ts';
import { statefulTypes } from '../rules/structure.ts';
import { decide, mayAssume } from './evaluate.ts';
import { groupPolicy, rolesOf } from './roles.ts';
import { failoverTruths } from './truth/failover.ts';
import { truths } from './truth/index.ts';
import { call, never } from './truth/kit.ts';

const stacks = readStacks(join(dirname(import.meta.dirname), '..'));
const roles = rolesOf(stacks);

test('every role of the stacks has a table', () => {
  const wanted = { ...truths, ...('dr-control' in stacks ? failoverTruths : {}) };
  expect(roles.map(({ name }) => name).sort()).toEqual(Object.keys(wanted).sort());
});

describe.each(roles.map((role) => [role.name, role] as const))('%s', (name, { policies, boundary, trust }) => {
  const { may = [], mayNot = [], assumedBy = [], notBy = [] } = truths[name] ?? failoverTruths[name] ?? {};

  test('may do what it must', () => {
    for (const request of may) expect([request, decide(policies, boundary, request)]).toEqual([request, 'allowed']);
  });
  test('may do nothing else of the table', () => {
    expect(mayNot.length + may.length).toBeGreaterThan(0);
    for (const request of mayNot)
      expect([request, decide(policies, boundary, request) === 'allowed']).toEqual([request, false]);
  });
  test('is assumed by whom it is for, and by nobody else', () => {
    expect(assumedBy.length).toBeGreaterThan(0);
    for (const asker of assumedBy) expect([asker, mayAssume(trust, asker)]).toEqual([asker, true]);
    for (const asker of notBy) expect([asker, mayAssume(trust, asker)]).toEqual([asker, false]);
  });
});

/** How what outlives a mistake is deleted. */
const deletes: Record<string, string> = {
  aws_cloudtrail: 'cloudtrail:DeleteTrail',
  aws_cloudfront_distribution: 'cloudfront:DeleteDistribution',
  aws_cognito_user_pool: 'cognito-idp:DeleteUserPool',
  aws_db_instance: 'rds:DeleteDBInstance',
  aws_dynamodb_table: 'dynamodb:DeleteTable',
  aws_ecr_repository: 'ecr:DeleteRepository',
  aws_eks_cluster: 'eks:DeleteCluster',
  aws_globalaccelerator_accelerator: 'globalaccelerator:DeleteAccelerator',
  aws_globalaccelerator_endpoint_group: 'globalaccelerator:DeleteEndpointGroup',
  aws_kms_key: 'kms:ScheduleKeyDeletion',
  aws_kms_replica_key: 'kms:ScheduleKeyDeletion',
  aws_lb: 'elasticloadbalancing:DeleteLoadBalancer',
  aws_msk_cluster: 'kafka:DeleteCluster',
  aws_msk_topic: 'kafka:DeleteTopic',
  aws_rds_cluster: 'rds:DeleteDBCluster',
  aws_rds_cluster_instance: 'rds:DeleteDBInstance',
  aws_rds_global_cluster: 'rds:DeleteGlobalCluster',
  aws_s3_bucket: 's3:DeleteBucket',
  aws_secretsmanager_secret: 'secretsmanager:DeleteSecret',
};

test('what Terraform protects no role deletes but that of platform engineers', () => {
  expect(Object.keys(deletes).sort()).toEqual([...statefulTypes].sort());
  for (const { name, policies, boundary } of roles.filter(({ name }) => name !== people.admin))
    for (const action of new Set(Object.values(deletes))) {
      const request = { action, resource: '*', context: { 'aws:RequestedRegion': seoul.aws.region } };
      expect([name, action, decide(policies, boundary, request) === 'allowed']).toEqual([name, action, false]);
    }
});

/** What Terraform knows with a value that AWS made up: a key, or a client's secret. A distribution sends its origin one. */
const withKeys = [
  ...['aws_api_gateway_api_key', 'aws_api_gateway_usage_plan_key', 'aws_cloudfront_distribution'],
  'aws_cognito_user_pool_client',
];

test('a pull request reads the state of every stack but of those whose state has a key', () => {
  const plan = roles.find(({ name }) => name === workflows.plan);
  const wrong = Object.entries<Json>(stacks).flatMap(([stack, { resource }]) => {
    const request = call('s3:GetObject', `${bucketArn(stateBucket(tokyo))}/${stack}.tfstate`);
    const may = decide(plan?.policies ?? [], plan?.boundary, request) === 'allowed';
    return may === withKeys.some((type) => type in resource) ? [stack] : [];
  });
  expect(wrong).toEqual([]);
  expect(withKeys.filter((type) => !Object.values(stacks).some(({ resource }) => type in resource))).toEqual([]);
});

test('the boundary keeps data and identity from a role that is given everything', () => {
  const everything = { Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }] };
  const boundary = roles.find((role) => role.boundary)?.boundary;
  const kept = never.filter(({ action }) => /^iam:|Delete|Remove/.test(action));
  expect(kept.length).toBeGreaterThan(4);
  for (const request of kept)
    expect([request, decide([everything], boundary, request) === 'allowed']).toEqual([request, false]);
  const away = { action: 'ec2:RunInstances', resource: '*', context: { 'aws:RequestedRegion': 'eu-west-1' } };
  expect(decide([everything], boundary, away)).toBe('denied');
});

describe.each(Object.values(people))('the group %s', (name) => {
  const policies = [groupPolicy(stacks, name)];
  const asks = (action: string, resource: string, factor: string | undefined) =>
    decide(policies, undefined, {
      ...{ action, resource },
      context: { 'aws:username': 'ann', ...(factor ? { 'aws:MultiFactorAuthPresent': factor } : {}) },
    });
  const self = 'arn:aws:iam::111122223333:user/ann';

  test('assumes its own role with a second factor, and nothing without', () => {
    expect(asks('sts:AssumeRole', roleArn(seoul, name), 'true')).toBe('allowed');
    expect(asks('sts:AssumeRole', roleArn(seoul, name), 'false')).toBe('denied');
    expect(asks('sts:AssumeRole', roleArn(seoul, name), undefined)).toBe('denied');
    for (const other of Object.values(people).filter((one) => one !== name))
      expect(asks('sts:AssumeRole', roleArn(seoul, other), 'true')).toBe('not allowed');
  });
  test('sets up its own second factor, and nobody else its', () => {
    expect(asks('iam:EnableMFADevice', self, 'false')).toBe('allowed');
    expect(asks('iam:CreateVirtualMFADevice', 'arn:aws:iam::111122223333:mfa/ann', undefined)).toBe('allowed');
    expect(asks('iam:EnableMFADevice', 'arn:aws:iam::111122223333:user/bob', 'true')).toBe('not allowed');
    expect(asks('iam:DeactivateMFADevice', self, 'true')).toBe('not allowed');
    expect(asks('s3:ListAllMyBuckets', '*', 'true')).toBe('not allowed');
  });
});
