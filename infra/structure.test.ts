import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { badClosed } from './rules/closed.testing.ts';
import { badEntrances } from './rules/entrance.testing.ts';
import { unneeded } from './rules/iam.ts';
import { badLogs } from './rules/logs.testing.ts';
import { badPaid } from './rules/paid.testing.ts';
import { unpaid } from './rules/paid.ts';
import { badReach } from './rules/reach.testing.ts';
import { type Json, readStacks, type Stacks } from './rules/stacks.ts';
import { rules } from './rules/structure.ts';

const stacks = readStacks(dirname(import.meta.dirname));
const first = (of: Record<string, Json>): Json => Object.values(of)[0];

/** Of each rule, changes that it must find: one at a time. */
const bad: Record<string, ((stacks: Json) => unknown)[]> = {
  ...badClosed,
  ...badLogs,
  ...badPaid,
  ...badReach,
  'everything says in which region it is, and that is one of its stack': [
    ({ tokyo }) => delete tokyo.resource.aws_vpc.vpc.provider,
    ({ tokyo }) => (tokyo.resource.aws_vpc.vpc.provider = 'aws.seoul'),
  ],
  'Global Accelerator is asked in its own region alone': [
    ({ traffic }) => (traffic.resource.aws_globalaccelerator_listener.listener.provider = 'aws.tokyo'),
  ],
  'a region names nothing of the other, and the failover asks nothing of Seoul': [
    ({ tokyo }) => {
      tokyo.provider.aws.push({ alias: 'seoul', region: 'ap-northeast-2' });
      tokyo.resource.aws_vpc.vpc.provider = 'aws.seoul';
    },
    ({ seoul }) => (seoul.data = { aws_vpc: { other: { provider: 'aws.seoul' } } }),
    (all) => {
      all['dr-control'] = structuredClone(all.traffic);
    },
    ({ tokyo }) => (tokyo.data.aws_vpc = { other: { provider: 'aws.tokyo' } }),
  ],
  'state is kept in the region that needs it, versioned': [
    ({ tokyo, seoul }) => (tokyo.terraform.backend = seoul.terraform.backend),
    ({ data }) => (data.terraform.backend.s3.use_lockfile = false),
    ({ state, tokyo }) => (state.terraform.backend = tokyo.terraform.backend),
  ],
  'no password and no secret value is written down': [
    ({ data }) => (first(data.resource.aws_rds_cluster).master_password = 'hunter2'),
    ({ data }) => (first(data.resource.aws_secretsmanager_secret_version).secret_string = '{}'),
    ({ data }) => (first(data.resource.aws_secretsmanager_secret_version).secret_string_wo = '{"a":"b"}'),
    ({ data }) =>
      (first(data.resource.aws_s3_bucket).bucket =
        `\${ephemeral.aws_secretsmanager_random_password.x.random_password}`),
    ({ seoul }) => (seoul.resource.aws_vpc.vpc.tags.Name = `AKIA${'A'.repeat(16)}`),
  ],
  'what outlives a mistake is protected, by AWS and by Terraform': [
    ({ data }) => delete first(data.resource.aws_rds_cluster).lifecycle.prevent_destroy,
    ({ data }) => (data.resource.aws_rds_global_cluster['database-global'].deletion_protection = false),
    ({ data }) => (first(data.resource.aws_dynamodb_table).deletion_protection_enabled = false),
    ({ data }) =>
      (data.resource.aws_dynamodb_table['table-prod-booking-seats'].replica[0].deletion_protection_enabled = false),
    ({ state }) => (first(state.resource.aws_s3_bucket).force_destroy = true),
    ({ seoul }) => (first(seoul.resource.aws_kms_key).deletion_window_in_days = 7),
  ],
  'a plan after a failover leaves what it changed': [
    ({ traffic }) => first(traffic.resource.aws_globalaccelerator_endpoint_group).lifecycle.ignore_changes.shift(),
    ({ tokyo }) => delete tokyo.resource.aws_eks_node_group.nodes.lifecycle,
    ({ data }) => first(data.resource.aws_rds_cluster).lifecycle.ignore_changes.pop(),
  ],
  'Tokyo gets no traffic before a failover says so': [
    ({ traffic }) =>
      (traffic.resource.aws_globalaccelerator_endpoint_group['endpoints-tokyo'].endpoint_configuration[0].weight = 1),
    ({ traffic }) =>
      (traffic.resource.aws_globalaccelerator_endpoint_group['endpoints-tokyo'].traffic_dial_percentage = 1),
    ({ traffic }) =>
      (traffic.resource.aws_globalaccelerator_endpoint_group['endpoints-seoul'].endpoint_configuration[0].weight = 0),
  ],
  'IAM names `*` only where nothing narrower exists': [
    ({ seoul }) => seoul.locals['policy-tickets-ci-push'].Statement[0].Resource.push('*'),
    ({ seoul }) => seoul.locals['policy-tickets-prod-live'].Statement[0].Action.push('dynamodb:*'),
    ({ tokyo }) => (tokyo.locals['policy-interruptions'].Statement[0].Principal = '*'),
    ({ seoul }) => {
      const [statement] = seoul.locals['policy-tickets-ci-push'].Statement;
      statement.NotResource = statement.Resource;
      delete statement.Resource;
    },
  ],
  'policies that AWS writes are on the list': [
    ({ tokyo }) =>
      (first(tokyo.resource.aws_iam_role_policy_attachment).policy_arn = 'arn:aws:iam::aws:policy/PowerUserAccess'),
  ],
  'a role has the boundary, unless people gave it more': [
    ({ seoul }) => delete first(seoul.resource.aws_iam_role).permissions_boundary,
  ],
  'policies fit the quotas of IAM': [
    ({ access }) => access.locals['policy-boundary'].Statement.push({ Action: ['a'.repeat(5_000)] }),
    ({ access }) => access.locals['policy-tickets-oncall-dr'].Statement.push({ Action: ['a'.repeat(8_000)] }),
    ({ access }) => access.locals['policy-group-tickets-auditor'].Statement.push({ Action: ['a'.repeat(5_000)] }),
    ({ access }) => access.locals['policy-tickets-auditor-trust'].Statement.push({ Action: ['a'.repeat(2_000)] }),
  ],
  'addresses do not overlap': [
    ({ tokyo, seoul }) => (tokyo.resource.aws_vpc.vpc.cidr_block = seoul.resource.aws_vpc.vpc.cidr_block),
    ({ tokyo: { resource } }) =>
      (resource.aws_subnet['subnet-public-a'].cidr_block = resource.aws_subnet['subnet-data-a'].cidr_block),
    ({ tokyo }) => (tokyo.resource.aws_vpc.vpc.cidr_block = '10.20.0.1/16'),
  ],
  'a node group wants no more nodes than it may have': [
    ({ tokyo }) => (tokyo.resource.aws_eks_node_group.nodes.scaling_config.desired_size = 21),
    ({ tokyo }) => (tokyo.resource.aws_eks_node_group.nodes.scaling_config.min_size = 0),
  ],
  'pods do not reach the metadata of nodes': [
    ({ seoul }) =>
      (seoul.resource.aws_launch_template['node-template'].metadata_options.http_put_response_hop_limit = 2),
  ],
  'a cluster is closed, encrypted and logged': [
    ({ seoul: { resource } }) =>
      (resource.aws_eks_cluster.cluster.access_config.bootstrap_cluster_creator_admin_permissions = true),
    ({ seoul }) => seoul.resource.aws_eks_cluster.cluster.vpc_config.public_access_cidrs.push('0.0.0.0/0'),
    ({ seoul }) => seoul.resource.aws_eks_cluster.cluster.enabled_cluster_log_types.pop(),
    ({ seoul }) => delete seoul.resource.aws_eks_cluster.cluster.encryption_config,
  ],
  'logs end, and are encrypted': [
    ({ seoul }) => delete first(seoul.resource.aws_cloudwatch_log_group).retention_in_days,
    ({ data }) => delete first(data.resource.aws_cloudwatch_log_group).kms_key_id,
  ],
  'what is stored is encrypted by a key of ours': [
    ({ data }) => delete first(data.resource.aws_rds_cluster).kms_key_id,
    ({ data }) => delete data.resource.aws_dynamodb_table['table-prod-booking-seats'].replica[0].kms_key_arn,
    ({ tokyo }) => delete first(tokyo.resource.aws_ecr_repository).encryption_configuration[0].kms_key,
    ({ data }) => (first(data.resource.aws_msk_cluster).client_authentication.unauthenticated = true),
  ],
  'names are not longer than AWS allows': [({ seoul }) => (first(seoul.resource.aws_lb).name = 'n'.repeat(33))],
  'images outlive their tags': [
    ({ seoul }) => (first(seoul.resource.aws_ecr_repository).image_tag_mutability = 'MUTABLE'),
    ({ tokyo }) => (first(tokyo.resource.aws_ecr_repository_creation_template).image_tag_mutability = 'MUTABLE'),
    ({ seoul }) => (seoul.locals['images-expire'].rules[0].selection.countType = 'sinceImagePushed'),
    ({ seoul: { resource } }) =>
      (resource.aws_ecr_repository['repository-booking'].image_tag_mutability_exclusion_filter[0].filter = '*'),
  ],
  ...badEntrances,
  'members of the global database have one version': [
    ({ data }) => (data.resource.aws_rds_cluster['database-dr-aurora-cluster'].engine_version = '16.6'),
  ],
};

test('the list of statements that name `*` has no entry that nothing needs', () => {
  expect(unneeded(stacks)).toEqual([]);
});

test('the list of what costs while nobody uses it has nothing that is not there', () => {
  expect(unpaid(stacks)).toEqual([]);
});

test('every rule has a bad case', () => {
  expect(Object.keys(bad).sort()).toEqual(Object.keys(rules).sort());
});

describe.each(Object.entries(rules))('%s', (name, rule) => {
  test('holds', () => {
    expect(rule(stacks)).toEqual([]);
  });

  test('finds each bad case', () => {
    for (const change of bad[name] ?? []) {
      const changed: Stacks = structuredClone(stacks);
      change(changed);
      expect([`${change}`, rule(changed).length > 0]).toEqual([`${change}`, true]);
    }
  });
});
