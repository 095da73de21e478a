import { overlap, parseCidr, type Range } from '../../lib/cidr.ts';
import { stateBucket } from '../../overlays/names.ts';
import { byRegion } from '../../overlays/regions/index.ts';
import { closedRules } from './closed.ts';
import { entranceRules } from './entrance.ts';
import { iamRules } from './iam.ts';
import { logRules } from './logs.ts';
import { paidRules } from './paid.ts';
import { reachRules } from './reach.ts';
import { each, type Rule } from './rule.ts';
import { secretRules } from './secrets.ts';
import { called, type Json, jsonOf, ofType, type Placed, placed } from './stacks.ts';

const regions = byRegion((region) => region);

/** Types whose loss loses data, addresses or trust, with the arguments that keep them. */
const stateful: Record<string, Record<string, unknown>> = {
  aws_cloudtrail: {},
  aws_cloudfront_distribution: {},
  aws_cognito_user_pool: { deletion_protection: 'ACTIVE' },
  aws_db_instance: { deletion_protection: true, skip_final_snapshot: false },
  aws_dynamodb_table: { deletion_protection_enabled: true },
  aws_ecr_repository: { force_delete: false },
  aws_eks_cluster: { deletion_protection: true },
  aws_globalaccelerator_accelerator: {},
  aws_globalaccelerator_endpoint_group: {},
  aws_kms_key: { deletion_window_in_days: 30 },
  aws_kms_replica_key: { deletion_window_in_days: 30 },
  aws_lb: { enable_deletion_protection: true },
  aws_msk_cluster: {},
  aws_msk_topic: {},
  aws_rds_cluster: { deletion_protection: true, skip_final_snapshot: false },
  aws_rds_cluster_instance: {},
  aws_rds_global_cluster: { deletion_protection: true },
  aws_s3_bucket: { force_destroy: false },
  aws_secretsmanager_secret: { recovery_window_in_days: 30 },
};
export const statefulTypes = Object.keys(stateful);

/** What a region may look up, because it is in no region: addresses that AWS publishes, and the zone of the domain. */
const ofAws = ['aws_ec2_managed_prefix_list', 'aws_route53_zone'];

/** What a failover changes; otherwise the next plan would turn it back, or replace a promoted replica. */
const changedByFailover: Record<string, string[]> = {
  aws_globalaccelerator_endpoint_group: ['traffic_dial_percentage', 'endpoint_configuration'],
  aws_eks_node_group: ['scaling_config[0].desired_size'],
  aws_rds_cluster: ['global_cluster_identifier', 'replication_source_identifier', 'engine_version'],
  aws_db_instance: ['replicate_source_db'],
};

export const rules: Record<string, Rule> = {
  'everything says in which region it is, and that is one of its stack': (stacks) =>
    placed(stacks).flatMap((one) =>
      one.region ? [] : [`${called(one)}: given no provider of its stack; name a place`],
    ),

  'Global Accelerator is asked in its own region alone': (stacks) =>
    placed(stacks).flatMap((one) =>
      one.type.startsWith('aws_globalaccelerator_') === (one.place === 'accelerator')
        ? []
        : [`${called(one)}: is asked in ${one.place}`],
    ),

  'a region names nothing of the other, and the failover asks nothing of Seoul': (stacks) => {
    const { seoul, tokyo } = regions;
    const apart = { seoul: tokyo, tokyo: seoul } as const;
    const found = Object.entries(apart).flatMap(([stack, other]) =>
      placed({ [stack]: stacks[stack] }).flatMap((one) =>
        one.place === other.name ? [`${called(one)}: is in ${other.name}`] : [],
      ),
    );
    const asked = placed(stacks['dr-control'] ? { 'dr-control': stacks['dr-control'] } : {}).flatMap((one) =>
      one.place === seoul.name ? [`${called(one)}: is in ${seoul.name}`] : [],
    );
    const lookups = Object.keys(apart).flatMap((stack) =>
      placed({ [stack]: stacks[stack] }).flatMap((one) =>
        one.block === 'data' && !ofAws.includes(one.type)
          ? [`${called(one)}: looks something up; a region makes all that it has`]
          : [],
      ),
    );
    return [...found, ...asked, ...lookups];
  },

  'state is kept in the region that needs it, versioned': (stacks) =>
    Object.entries(stacks).flatMap(([name, { terraform }]) => {
      if (name === 'state') return terraform.backend.local ? [] : ['state: keeps its own state in what it makes'];
      const home = name === 'seoul' ? regions.seoul : regions.tokyo;
      const { bucket, region, key, use_lockfile: locked, encrypt } = terraform.backend.s3 ?? {};
      const wanted = bucket === stateBucket(home) && region === home.aws.region && key === `${name}.tfstate`;
      return wanted && locked && encrypt ? [] : [`${name}: state is not in ${home.name}, locked and encrypted`];
    }),

  'what outlives a mistake is protected, by AWS and by Terraform': (stacks) =>
    Object.entries(stateful).flatMap(([type, wanted]) =>
      each(stacks, type, ({ args }) => [
        args.lifecycle?.prevent_destroy !== true && 'given no prevent_destroy',
        ...Object.entries(wanted).map(
          ([field, value]) => args[field] !== value && `${field}: given ${args[field]}, allowed ${value}`,
        ),
        ...(args.replica ?? []).map(
          (replica: Json) =>
            type === 'aws_dynamodb_table' &&
            replica.deletion_protection_enabled !== true &&
            'a replica is not protected',
        ),
      ]),
    ),

  'a plan after a failover leaves what it changed': (stacks) =>
    Object.entries(changedByFailover).flatMap(([type, fields]) =>
      each(stacks, type, ({ args }) =>
        fields.map((field) => !args.lifecycle?.ignore_changes?.includes(field) && `does not ignore ${field}`),
      ),
    ),

  'Tokyo gets no traffic before a failover says so': (stacks) =>
    each(stacks, 'aws_globalaccelerator_endpoint_group', ({ args, id }) => {
      const [{ weight }] = args.endpoint_configuration;
      return args.endpoint_group_region === regions.tokyo.aws.region
        ? [
            (weight !== 0 || args.traffic_dial_percentage !== 0) &&
              `${id}: weight ${weight}, dial ${args.traffic_dial_percentage}`,
          ]
        : [(weight === 0 || args.traffic_dial_percentage !== 100) && `${id}: weight ${weight}`];
    }),

  'addresses do not overlap': (stacks) => {
    const ranges = (type: string, group: (one: Placed) => string) =>
      ofType(placed(stacks), type).map((one) => ({ one, group: group(one), range: parseCidr(one.args.cidr_block) }));
    const clash = (list: ReturnType<typeof ranges>): string[] =>
      list.flatMap(({ one, group, range }, index) =>
        range === undefined
          ? [`${called(one)}: ${one.args.cidr_block} is no range`]
          : list
              .slice(0, index)
              .filter((other) => other.group === group && other.range && overlap(range, other.range as Range))
              .map((other) => `${called(one)}: overlaps ${called(other.one)}`),
      );
    return [...clash(ranges('aws_vpc', () => 'all')), ...clash(ranges('aws_subnet', ({ stack }) => stack))];
  },

  'a node group wants no more nodes than it may have': (stacks) =>
    each(stacks, 'aws_eks_node_group', ({ args }) => {
      const { min_size: min, desired_size: desired, max_size: max } = args.scaling_config;
      return [!(min >= 1 && min <= desired && desired <= max) && `min ${min}, desired ${desired}, max ${max}`];
    }),

  'pods do not reach the metadata of nodes': (stacks) =>
    each(stacks, 'aws_launch_template', ({ args: { metadata_options: metadata } }) => [
      (metadata?.http_tokens !== 'required' || metadata.http_put_response_hop_limit !== 1) &&
        'allows more than one hop',
    ]),

  'a cluster is closed, encrypted and logged': (stacks) =>
    each(stacks, 'aws_eks_cluster', ({ args }) => [
      args.access_config.bootstrap_cluster_creator_admin_permissions !== false && 'whoever makes it is its admin',
      args.access_config.authentication_mode !== 'API' && 'knows users by another way than access entries',
      args.enabled_cluster_log_types.length !== 5 && 'does not log all',
      !args.encryption_config && 'does not encrypt Secrets by a key of ours',
      args.vpc_config.public_access_cidrs.some((cidr: string) => (parseCidr(cidr)?.prefix ?? 0) < 8) &&
        'is open to all',
    ]),

  'logs end, and are encrypted': (stacks) =>
    each(stacks, 'aws_cloudwatch_log_group', ({ args }) => [
      !args.retention_in_days && 'never expires',
      !args.kms_key_id && 'has no key',
    ]),

  'what is stored is encrypted by a key of ours': (stacks) => [
    ...each(stacks, 'aws_rds_cluster', ({ args }) => [!(args.storage_encrypted && args.kms_key_id) && 'has no key']),
    ...each(stacks, 'aws_dynamodb_table', ({ args }) => [
      !args.server_side_encryption?.kms_key_arn && 'has no key',
      (args.replica ?? []).some((replica: Json) => !replica.kms_key_arn) && 'a replica has no key',
    ]),
    ...each(stacks, 'aws_ecr_repository', ({ args }) => [!args.encryption_configuration?.[0].kms_key && 'has no key']),
    ...each(stacks, 'aws_secretsmanager_secret', ({ args }) => [!args.kms_key_id && 'has no key']),
    ...each(stacks, 'aws_msk_cluster', ({ args }) => [
      !args.encryption_info?.encryption_at_rest_kms_key_arn && 'has no key',
      args.encryption_info?.encryption_in_transit.client_broker !== 'TLS' && 'lets clients in without TLS',
      args.client_authentication?.unauthenticated !== false && 'lets everybody in',
    ]),
  ],

  'names are not longer than AWS allows': (stacks) => {
    const longest: Record<string, [field: string, most: number]> = {
      aws_iam_role: ['name', 64],
      aws_lb: ['name', 32],
      aws_lb_target_group: ['name', 32],
      aws_s3_bucket: ['bucket', 63],
      aws_sqs_queue: ['name', 80],
      aws_cloudwatch_event_rule: ['name', 64],
    };
    return Object.entries(longest).flatMap(([type, [field, most]]) =>
      each(stacks, type, ({ args }) => [
        args[field].length > most && `${args[field]} has ${args[field].length} characters`,
      ]),
    );
  },

  'images outlive their tags': (stacks) => [
    ...each(stacks, 'aws_ecr_repository', ({ args }) => [
      !args.image_tag_mutability.startsWith('IMMUTABLE') && 'tags may move',
      args.image_tag_mutability_exclusion_filter?.some(({ filter }: Json) => filter !== 'sha256-*') &&
        'tags other than lists of signatures may move',
    ]),
    ...each(stacks, 'aws_ecr_repository_creation_template', ({ args }) => [
      !args.image_tag_mutability.startsWith('IMMUTABLE') && 'tags of replicas may move',
    ]),
    ...each(stacks, 'aws_ecr_lifecycle_policy', ({ args, stack, id }) => {
      const { rules } = jsonOf(stacks, stack, args.policy);
      const cache = id.endsWith('-dependencies-expire');
      return rules.map(
        ({ selection }: Json) =>
          !cache && selection.countType !== 'imageCountMoreThan' && 'judges images by age: what runs may be old',
      );
    }),
  ],

  ...closedRules,
  ...iamRules,
  ...paidRules,
  ...reachRules,
  ...logRules,
  ...secretRules,
  ...entranceRules,

  'members of the global database have one version': (stacks) => {
    const versions = ofType(placed(stacks), 'aws_rds_cluster', 'aws_rds_global_cluster')
      .filter(({ args }) => args.global_cluster_identifier)
      .map(({ args }) => args.engine_version);
    return new Set(versions).size === 1 ? [] : [`data: versions ${versions.join(', ')}`];
  },
};
