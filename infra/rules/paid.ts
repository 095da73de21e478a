import type { Rule } from './rule.ts';
import { called, type Json, jsonOf, ofType, placed, type Stacks } from './stacks.ts';

/**
 * What costs money by the hour or the month while nobody uses it, each with the reason why it is there. Everything else is free, or is paid by use.
 */
export const standing: Record<string, string> = {
  aws_cloudwatch_composite_alarm: 'what starts a failover',
  aws_cloudwatch_dashboard: 'one page; three are free',
  aws_cloudwatch_metric_alarm: 'what notifies people; those of ten seconds cost more, and only the failover has them',
  aws_eip: 'of NAT gateways',
  aws_eks_cluster: 'a control plane in each region: Tokyo’s runs before it is needed',
  aws_eks_node_group: 'nodes for what Karpenter needs, and in Tokyo for the standby',
  aws_globalaccelerator_accelerator: 'moves traffic between regions without DNS',
  aws_kms_key: 'a key of ours for each kind of thing, so that one right is not all of them',
  aws_kms_replica_key: 'the same in the other region',
  aws_lb: 'entrance, ingress and webhooks of each region',
  aws_msk_cluster: 'three brokers a region: Tokyo’s has to be there when Seoul is not',
  aws_nat_gateway: 'a way out in each zone, so that a zone fails alone',
  aws_rds_cluster_instance: 'a writer and readers; in Tokyo one that can be promoted',
  aws_route53_zone: 'names by which observers ask one region',
  aws_secretsmanager_secret: 'a password each, and its replica',
  aws_vpc_endpoint: 'interfaces alone cost; the one of API Gateway is the only way to it',
  aws_wafv2_web_acl: 'the firewall, and each of its rules',
};

/** Types that are free, or of which each use is paid: nothing of them costs while nobody comes. Those that end with `_` are families. */
const byUse = [
  ...['appautoscaling_', 'cloudtrail', 'ebs_snapshot_block_public_access', 's3_account_public_access_block'],
  ...['acm_certificate', 'api_gateway_', 'apigatewayv2_vpc_link', 'cloudfront_', 'cloudwatch_event_'],
  ...['cloudwatch_log_', 'cognito_', 'db_subnet_group', 'default_security_group', 'dynamodb_table'],
  ...['ebs_encryption_by_default', 'ec2_subnet_cidr_reservation', 'ec2_tag', 'ecr_', 'eks_access_', 'eks_addon'],
  ...['eks_pod_identity_association', 'flow_log', 'globalaccelerator_endpoint_group', 'globalaccelerator_listener'],
  ...['iam_', 'internet_gateway', 'kinesis_firehose_delivery_stream', 'kms_alias', 'lambda_', 'launch_template'],
  ...['lb_', 'msk_configuration', 'msk_single_scram_secret_association', 'msk_topic', 'rds_cluster'],
  ...['rds_cluster_parameter_group', 'rds_global_cluster', 'route', 'route53_record', 'route_table'],
  ...['route_table_association', 's3_bucket', 'scheduler_schedule', 'secretsmanager_secret_policy'],
  ...['secretsmanager_secret_version', 'security_group', 'sfn_state_machine', 'sns_', 'sqs_', 'ssm_parameter'],
  ...['acm_certificate_validation', 'subnet', 'vpc', 'vpc_peering_', 'vpc_security_group_', 's3_bucket_'],
  'wafv2_web_acl_logging_configuration',
].map((type) => `aws_${type}`);
const isByUse = (type: string): boolean =>
  byUse.some((one) => (one.endsWith('_') ? type.startsWith(one) : type === one));

/** Groups of rules that AWS gives without a fee of their own; all others have one (AWS WAF developer guide, "AWS Managed Rules rule groups list"). */
const freeGroups = [
  ...['AWSManagedRulesAmazonIpReputationList', 'AWSManagedRulesAnonymousIpList', 'AWSManagedRulesCommonRuleSet'],
  ...['AWSManagedRulesKnownBadInputsRuleSet', 'AWSManagedRulesSQLiRuleSet'],
];

/** Choices within a type that have a price of their own. */
const choices: Record<string, (args: Json, stacks: Stacks, stack: string) => (string | false | undefined)[]> = {
  aws_cloudfront_distribution: ({ viewer_certificate: { ssl_support_method: method } }) => [
    method !== 'sni-only' && `certificate by ${method}: addresses of its own cost by the month`,
  ],
  aws_eks_cluster: ({ upgrade_policy: policy }) => [
    policy?.support_type !== 'STANDARD' && 'extended support costs six times as much',
  ],
  aws_nat_gateway: ({ connectivity_type: type }) => [type === 'private' && 'a private one that nothing needs'],
  aws_ssm_parameter: ({ tier }) => [tier === 'Advanced' && 'an advanced parameter'],
  aws_vpc_endpoint: ({ vpc_endpoint_type: type, service_name: service }) => [
    type !== 'Gateway' && !/\.execute-api$/.test(service) && `an interface for ${service}`,
  ],
  aws_wafv2_web_acl: ({ rule_json: rules }, stacks, stack) =>
    jsonOf(stacks, stack, rules).map(({ Statement }: Json) => {
      const group = Statement.ManagedRuleGroupStatement?.Name;
      return group && !freeGroups.includes(group) && `the group ${group} has a fee`;
    }),
};

export const paidRules: Record<string, Rule> = {
  'what costs while nobody uses it is on the list, and Shield Standard is all': (stacks) =>
    ofAll(stacks).flatMap((one) => {
      const { type, args, stack } = one;
      const faults = type.startsWith('aws_shield_')
        ? ['Shield Advanced is $3,000 a month for a year']
        : [
            !(type in standing) && !isByUse(type) && 'say in infra/rules/paid.ts what it costs',
            ...(choices[type]?.(args, stacks, stack) ?? []),
          ];
      return faults.flatMap((fault) => (fault ? [`${called(one)}: ${fault}`] : []));
    }),
};

const ofAll = (stacks: Stacks) => {
  const all = placed(stacks);
  return ofType(all, ...new Set(all.map(({ type }) => type)));
};

/** Entries of the list that nothing needs. */
export const unpaid = (stacks: Stacks): string[] =>
  Object.keys(standing).filter((type) => ofType(placed(stacks), type).length === 0);
