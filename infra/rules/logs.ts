import { bucketArn, globalRegion } from '../../overlays/names.ts';
import { delivered, subscribed, unreadable } from '../models/firehose.ts';
import { lifecycleFaults } from '../models/lifecycle.ts';
import { each, type Rule } from './rule.ts';
import { called, type Json, ofType, placed } from './stacks.ts';

const sample = [
  { logGroup: 'g', logStream: 's', messages: ['{"log":"one"}', '{"log":"two"}'] },
  { logGroup: 'g', logStream: 't', messages: ['{"log":"three"}'] },
];

/** Where a code of the sign-in, a token or a key may stand. Of headers the host and the browser's name are none. */
const secretFields = /^(?:cs-uri-query|x-forwarded-for|cs-headers?|fle-.*|cs\((?!Host\)|User-Agent\)).*\))$/;

/** Logs, and what the firewall says. */
export const logRules: Record<string, Rule> = {
  'logs arrive in S3 as lines, packed once': (stacks) =>
    each(stacks, 'aws_kinesis_firehose_delivery_stream', ({ args }) => {
      try {
        const records = sample.map((one) => ({ second: 0, record: subscribed(one) }));
        return delivered(args, records, new Date(0)).flatMap(unreadable);
      } catch (error) {
        return [(error as Error).message];
      }
    }),

  'a stream says what it could not deliver, and packs with our key': (stacks) =>
    each(stacks, 'aws_kinesis_firehose_delivery_stream', ({ args }) => {
      const s3 = args.extended_s3_configuration;
      return [
        s3.cloudwatch_logging_options?.enabled !== true && 'says nothing when it fails',
        !s3.error_output_prefix && 'puts what fails among what did not',
        s3.error_output_prefix?.split('/')[0] === s3.prefix.split('/')[0] && 'puts what fails among what did not',
        !(s3.kms_key_arn && args.server_side_encryption?.key_arn) && 'has no key of ours',
      ];
    }),

  'a log group has two subscriptions at most': (stacks) => {
    const groups = ofType(placed(stacks), 'aws_cloudwatch_log_subscription_filter').map(
      ({ stack, args }) => `${stack}: ${args.log_group_name}`,
    );
    return [...new Set(groups)]
      .map((group) => [group, groups.filter((one) => one === group).length] as const)
      .filter(([, count]) => count > 2)
      .map(([group, count]) => `${group} has ${count} subscriptions`);
  },

  'what gets old moves to cheaper classes, and by lifecycle alone': (stacks) => [
    ...each(stacks, 'aws_s3_bucket_lifecycle_configuration', ({ args }) => lifecycleFaults(args.rule)),
    ...each(stacks, 'aws_s3_bucket_intelligent_tiering_configuration', () => ['moves what lifecycle moves']),
  ],

  'the log of the site is delivered by its own region, to a bucket of ours, without what signs a person in': (
    stacks,
  ) => {
    const all = placed(stacks);
    const sites = ofType(all, 'aws_cloudfront_distribution');
    const sources = ofType(all, 'aws_cloudwatch_log_delivery_source');
    const found = sites.filter((site) =>
      sources.some(
        ({ stack, args }) => stack === site.stack && args.resource_arn === `\${${site.type}.${site.id}.arn}`,
      ),
    );
    return [
      ...sites.filter((site) => !found.includes(site)).map((site) => `${called(site)}: keeps no log`),
      ...ofType(
        all,
        'aws_cloudwatch_log_delivery_source',
        'aws_cloudwatch_log_delivery_destination',
        'aws_cloudwatch_log_delivery',
      ).flatMap((one) => (one.region === globalRegion ? [] : [`${called(one)}: is in ${one.region}`])),
      ...each(stacks, 'aws_cloudwatch_log_delivery_destination', ({ stack, args }) => {
        const to: string = args.delivery_destination_configuration[0].destination_resource_arn;
        const own = ofType(all, 'aws_s3_bucket').some(
          (one) => one.stack === stack && to === bucketArn(one.args.bucket),
        );
        return [!own && `${to} is no bucket of its stack`];
      }),
      ...each(stacks, 'aws_cloudwatch_log_delivery', ({ args }) => [
        !args.record_fields?.length && 'has every field',
        ...(args.record_fields ?? []).map((field: string) => secretFields.test(field) && `has ${field}`),
      ]),
    ];
  },

  'what API Gateway writes of faults ends, too': (stacks) =>
    each(stacks, 'aws_api_gateway_stage', ({ stack, args }) => {
      const [, api] = args.rest_api_id.match(/^\$\{aws_api_gateway_rest_api\.([\w-]+)\.id\}$/) ?? [];
      const name = `API-Gateway-Execution-Logs_\${aws_api_gateway_rest_api.${api}.id}/${args.stage_name}`;
      const [group] = ofType(placed(stacks), 'aws_cloudwatch_log_group').filter(
        (one) => one.stack === stack && one.args.name === name,
      );
      const first = group && args.depends_on?.includes(`aws_cloudwatch_log_group.${group.id}`);
      return [!first && 'is there before its group, which then never ends'];
    }),

  'the firewall reports from the region of CloudFront alone': (stacks) =>
    placed({ firewall: stacks.firewall }).flatMap((one) =>
      one.region === globalRegion ? [] : [`${called(one)}: is in ${one.region}`],
    ),

  'records of the firewall have no sign-in in them, and no request that nothing matched': (stacks) =>
    each(stacks, 'aws_wafv2_web_acl_logging_configuration', ({ args }) => {
      const hidden = args.redacted_fields?.map((field: Json) => field.single_header?.name) ?? [];
      const filter = args.logging_filter;
      const kept: string[] = (filter?.filter ?? []).flatMap(({ behavior, condition }: Json) =>
        behavior === 'KEEP' ? condition.map(({ action_condition }: Json) => action_condition?.action) : [],
      );
      return [
        ...['authorization', 'cookie'].map((header) => !hidden.includes(header) && `has the header ${header}`),
        filter?.default_behavior !== 'DROP' && 'has every request',
        ...['BLOCK', 'COUNT'].map((action) => !kept.includes(action) && `drops ${action}`),
        ...args.log_destination_configs.map(
          (to: string) => !/^arn:aws:s3:::aws-waf-logs-/.test(to) && `${to}: AWS WAF writes to aws-waf-logs-… alone`,
        ),
      ];
    }),
};
