import type { Json } from './stacks.ts';

const first = (of: Record<string, Json>): Json => Object.values(of)[0];
const stream = ({ seoul }: Json, kind: string): Json =>
  seoul.resource.aws_kinesis_firehose_delivery_stream[`stream-${kind}`];
const processors = (stacks: Json, kind: string): Json[] =>
  stream(stacks, kind).extended_s3_configuration.processing_configuration.processors;
const logging = ({ firewall }: Json): Json => firewall.resource.aws_wafv2_web_acl_logging_configuration.records;
const archive = ({ tokyo }: Json): Json =>
  Object.entries<Json>(tokyo.resource.aws_s3_bucket_lifecycle_configuration).find(([id]) => /logs/.test(id))?.[1]
    .rule[1];

/** Of each rule about logs, changes that it must find. */
export const badLogs: Record<string, ((stacks: Json) => unknown)[]> = {
  'logs arrive in S3 as lines, packed once': [
    // Gzip in gzip.
    (stacks) => processors(stacks, 'application').splice(0, 2),
    (stacks) => processors(stacks, 'control-plane').splice(0, 1),
    (stacks) => {
      stream(stacks, 'application').extended_s3_configuration.processing_configuration.enabled = false;
    },
    // Objects behind each other without an end.
    (stacks) => processors(stacks, 'control-plane').pop(),
    (stacks) => processors(stacks, 'application').pop(),
    (stacks) => processors(stacks, 'application').reverse(),
    (stacks) => {
      stream(stacks, 'application').extended_s3_configuration.compression_format = 'UNCOMPRESSED';
    },
    (stacks) => {
      stream(stacks, 'application').extended_s3_configuration.file_extension = '.json';
    },
    (stacks) => {
      stream(stacks, 'application').extended_s3_configuration.prefix = 'eks/!{partitionKeyFromQuery:app}/';
    },
  ],
  'a stream says what it could not deliver, and packs with our key': [
    (stacks) => delete stream(stacks, 'application').extended_s3_configuration.cloudwatch_logging_options,
    (stacks) => delete stream(stacks, 'application').extended_s3_configuration.error_output_prefix,
    (stacks) => {
      stream(stacks, 'application').extended_s3_configuration.error_output_prefix = 'eks/application/errors/';
    },
    (stacks) => delete stream(stacks, 'application').server_side_encryption,
  ],
  'a log group has two subscriptions at most': [
    ({ seoul: { resource } }) => {
      const all = resource.aws_cloudwatch_log_subscription_filter;
      Object.assign(all, { b: first(all), c: first(all) });
    },
  ],
  'what gets old moves to cheaper classes, and by lifecycle alone': [
    (stacks) => archive(stacks).transition.reverse(),
    (stacks) => {
      archive(stacks).expiration[0].days = 300;
    },
    (stacks) => {
      archive(stacks).transition[0] = { days: 20, storage_class: 'STANDARD_IA' };
    },
    (stacks) => {
      archive(stacks).transition[1].storage_class = 'DEEP';
    },
    ({ tokyo: { resource } }) => {
      resource.aws_s3_bucket_intelligent_tiering_configuration = { a: { provider: 'aws.tokyo' } };
    },
  ],
  'the log of the site is delivered by its own region, to a bucket of ours, without what signs a person in': [
    ({ site }) => delete site.resource.aws_cloudwatch_log_delivery_source,
    ({ site }) => (first(site.resource.aws_cloudwatch_log_delivery).provider = 'aws.tokyo'),
    ({ site: { resource } }) => {
      first(resource.aws_cloudwatch_log_delivery_destination).delivery_destination_configuration[0] = {
        destination_resource_arn: 'arn:aws:s3:::elsewhere',
      };
    },
    ({ site }) => delete first(site.resource.aws_cloudwatch_log_delivery).record_fields,
    ...['cs-uri-query', 'cs(Cookie)', 'cs(Referer)', 'cs(Authorization)', 'cs-headers'].map(
      (field) => (stacks: Json) => first(stacks.site.resource.aws_cloudwatch_log_delivery).record_fields.push(field),
    ),
  ],
  'what API Gateway writes of faults ends, too': [
    (all) => {
      const groups = all['gateway-seoul'].resource.aws_cloudwatch_log_group;
      for (const id of Object.keys(groups)) if (/Execution/.test(id)) delete groups[id];
    },
    (all) => delete first(all['gateway-tokyo'].resource.aws_api_gateway_stage).depends_on,
  ],
  'the firewall reports from the region of CloudFront alone': [
    ({ firewall }) => {
      firewall.provider.aws[0].region = 'ap-northeast-1';
    },
  ],
  'records of the firewall have no sign-in in them, and no request that nothing matched': [
    (stacks) => logging(stacks).redacted_fields.shift(),
    (stacks) => delete logging(stacks).logging_filter,
    (stacks) => {
      logging(stacks).logging_filter.default_behavior = 'KEEP';
    },
    (stacks) => logging(stacks).logging_filter.filter[0].condition.shift(),
    (stacks) => {
      logging(stacks).log_destination_configs = ['arn:aws:s3:::waf-logs'];
    },
  ],
};
