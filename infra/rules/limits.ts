import type { Rule } from './rule.ts';
import { called, type Json, ofType, placed } from './stacks.ts';

/** What AWS refuses and the schemas do not know, from its API references: type, way to the field, what is allowed, and a value that is not. */
export type Limit = { type: string; field: string; allowed: string; holds: (value: Json) => boolean; bad: Json };

const between = (least: number, most: number) => ({
  allowed: `${least} to ${most}`,
  holds: (value: Json) => Number.isInteger(value) && value >= least && value <= most,
  bad: most + 1,
});
const oneOf = (...values: readonly (string | number)[]) => ({
  allowed: values.join(', '),
  holds: (value: Json) => values.includes(value),
  bad: 'other',
});
const like = (pattern: RegExp, bad: string) => ({
  allowed: `${pattern}`,
  holds: (value: Json) => typeof value === 'string' && pattern.test(value),
  bad,
});

/** Days that CloudWatch Logs keeps: no others. */
const retention = oneOf(
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
);
const period = {
  allowed: '10, 20, 30 or a multiple of 60',
  holds: (value: Json) => [10, 20, 30].includes(value) || (value > 0 && value % 60 === 0),
  bad: 45,
};

export const limits: Limit[] = [
  // Of the disks of MSK.
  { type: 'aws_appautoscaling_target', field: 'max_capacity', ...between(1, 16_384) },
  {
    type: 'aws_appautoscaling_policy',
    field: 'target_tracking_scaling_policy_configuration.target_value',
    ...between(10, 80),
  },
  { type: 'aws_api_gateway_usage_plan', field: 'throttle_settings.rate_limit', ...between(1, 10_000) },
  { type: 'aws_api_gateway_method_settings', field: 'settings.throttling_burst_limit', ...between(0, 5_000) },
  {
    type: 'aws_cloudfront_distribution',
    field: 'origin.1.custom_origin_config.origin_read_timeout',
    ...between(1, 60),
  },
  {
    type: 'aws_cloudfront_distribution',
    field: 'origin.1.custom_origin_config.origin_keepalive_timeout',
    ...between(1, 60),
  },
  { type: 'aws_cloudwatch_log_group', field: 'retention_in_days', ...retention },
  { type: 'aws_cloudwatch_metric_alarm', field: 'period', ...period },
  // CloudWatch Logs API reference, PutDeliverySource and PutDeliveryDestination.
  { type: 'aws_cloudwatch_log_delivery_source', field: 'name', ...like(/^[\w-]{1,60}$/, 'a source') },
  { type: 'aws_cloudwatch_log_delivery_source', field: 'log_type', ...oneOf('ACCESS_LOGS') },
  { type: 'aws_cloudwatch_log_delivery_destination', field: 'name', ...like(/^[\w-]{1,60}$/, 'a destination') },
  {
    type: 'aws_cloudwatch_log_delivery_destination',
    field: 'output_format',
    ...oneOf('json', 'plain', 'w3c', 'raw', 'parquet'),
  },
  {
    type: 'aws_cloudwatch_log_delivery',
    field: 'record_fields',
    allowed: 'at most 128 names of at most 64 characters',
    holds: (value: string[]) => value.length <= 128 && value.every((name) => name.length >= 1 && name.length <= 64),
    bad: ['n'.repeat(65)],
  },
  { type: 'aws_cloudwatch_event_target', field: 'retry_policy.maximum_event_age_in_seconds', ...between(60, 86_400) },
  { type: 'aws_cloudwatch_event_target', field: 'retry_policy.maximum_retry_attempts', ...between(0, 185) },
  // Minutes, as their units say.
  { type: 'aws_cognito_user_pool_client', field: 'access_token_validity', ...between(5, 1_440) },
  { type: 'aws_cognito_user_pool_client', field: 'refresh_token_validity', ...between(60, 5_256_000) },
  {
    type: 'aws_cognito_user_pool_client',
    field: 'refresh_token_rotation.0.retry_grace_period_seconds',
    ...between(0, 60),
  },
  { type: 'aws_cognito_user_pool', field: 'password_policy.minimum_length', ...between(6, 99) },
  { type: 'aws_db_subnet_group', field: 'name', ...like(/^[a-z][a-z0-9.-]{0,254}$/, 'Data') },
  { type: 'aws_dynamodb_table', field: 'name', ...like(/^[A-Za-z0-9_.-]{3,255}$/, 'a b') },
  { type: 'aws_ecr_repository', field: 'name', ...like(/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/, 'Upper') },
  { type: 'aws_eks_cluster', field: 'name', ...like(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, '-a') },
  { type: 'aws_eks_cluster', field: 'version', ...like(/^1\.\d\d$/, '1.35.1') },
  { type: 'aws_eks_node_group', field: 'scaling_config.max_size', ...between(1, 450) },
  { type: 'aws_globalaccelerator_endpoint_group', field: 'traffic_dial_percentage', ...between(0, 100) },
  { type: 'aws_globalaccelerator_endpoint_group', field: 'endpoint_configuration.0.weight', ...between(0, 255) },
  { type: 'aws_iam_account_password_policy', field: 'minimum_password_length', ...between(6, 128) },
  { type: 'aws_kms_alias', field: 'name', ...like(/^alias\/(?!aws\/)[A-Za-z0-9/_-]+$/, 'alias/aws/mine') },
  { type: 'aws_kms_key', field: 'deletion_window_in_days', ...between(7, 30) },
  { type: 'aws_kinesis_firehose_delivery_stream', field: 'name', ...like(/^[\w.-]{1,64}$/, 'a stream') },
  // AWS takes 1 MB, too; small files cost more than they hold.
  {
    type: 'aws_kinesis_firehose_delivery_stream',
    field: 'extended_s3_configuration.buffering_size',
    ...between(64, 128),
  },
  {
    type: 'aws_kinesis_firehose_delivery_stream',
    field: 'extended_s3_configuration.buffering_interval',
    ...between(0, 900),
  },
  { type: 'aws_lambda_function', field: 'memory_size', ...between(128, 10_240) },
  { type: 'aws_lambda_function', field: 'timeout', ...between(1, 900) },
  { type: 'aws_lambda_function_event_invoke_config', field: 'maximum_event_age_in_seconds', ...between(60, 21_600) },
  { type: 'aws_lb_target_group', field: 'health_check.interval', ...between(5, 300) },
  { type: 'aws_msk_topic', field: 'replication_factor', ...between(1, 3) },
  { type: 'aws_rds_cluster', field: 'backup_retention_period', ...between(1, 35) },
  { type: 'aws_rds_cluster', field: 'cluster_identifier', ...like(/^[a-z](?:-?[a-z0-9]+)*$/, 'a--b') },
  { type: 'aws_s3_bucket', field: 'bucket', ...like(/^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/, 'Bucket') },
  { type: 'aws_secretsmanager_secret', field: 'recovery_window_in_days', ...between(7, 30) },
  { type: 'aws_secretsmanager_secret', field: 'name', ...like(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'a secret') },
  { type: 'aws_sqs_queue', field: 'message_retention_seconds', ...between(60, 1_209_600) },
  { type: 'aws_vpc_security_group_ingress_rule', field: 'from_port', ...between(0, 65_535) },
];

/** The value at the end of a way, where there is one. */
const at = (args: Json, field: string): Json => field.split('.').reduce((value, key) => value?.[key], args);

export const withinLimits: Rule = (stacks) => {
  const all = placed(stacks);
  return limits.flatMap(({ type, field, allowed, holds }) =>
    ofType(all, type).flatMap((one) => {
      const value = at(one.args, field);
      return value === undefined || holds(value)
        ? []
        : [`${called(one)}: ${field}: given ${value}, allowed ${allowed}`];
    }),
  );
};
