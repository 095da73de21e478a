import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { lambdas } from '../firewall/lambdas.ts';
import { created, fileKey } from '../firewall/records.testing.ts';
import { windowOf } from '../firewall/waf-report/window.ts';
import { firewallBucket, globalRegion } from '../overlays/names.ts';
import { tokyo } from '../overlays/regions/tokyo.ts';
import { reference } from './iam/truth/kit.ts';
import { type Json, jsonOf, readStacks } from './rules/stacks.ts';

/** The way from a file of the firewall to its function, as it is rendered. */
const stacks = readStacks(dirname(import.meta.dirname));
const { resource, data } = stacks.firewall;
const only = (type: string): Json => {
  const all = Object.values<Json>(resource[type]);
  expect([type, all.length]).toEqual([type, 1]);
  return all[0];
};
const bucket = firewallBucket(tokyo);

/** Whether an event matches a pattern of EventBridge, as far as the rule uses patterns. */
const matches = (pattern: Json, event: Json): boolean =>
  Object.entries<Json>(pattern).every(([field, wanted]) =>
    Array.isArray(wanted)
      ? wanted.some((one) =>
          typeof one === 'string' ? event?.[field] === one : event?.[field]?.startsWith(one.prefix),
        )
      : matches(wanted, event?.[field]),
  );

test('a file of the firewall starts the function; files of others and other events do not', () => {
  const rule = only('aws_cloudwatch_event_rule');
  const pattern = jsonOf(stacks, 'firewall', rule.event_pattern);
  expect(matches(pattern, created(fileKey(), bucket))).toBe(true);
  expect(windowOf(fileKey(), 300)).toBeDefined();
  for (const other of [
    created(fileKey(), 'other'),
    created(fileKey().replace('/tickets/', '/other/'), bucket),
    created('a.log.gz', bucket),
    { ...created(fileKey(), bucket), 'detail-type': 'Object Deleted' },
    { ...created(fileKey(), bucket), source: 'aws.ec2' },
  ])
    expect([other, matches(pattern, other)]).toEqual([other, false]);
  const target = only('aws_cloudwatch_event_target');
  expect(target.arn).toBe(reference('aws_lambda_function.function-waf-report-global'));
  expect(target.retry_policy).toEqual({ maximum_event_age_in_seconds: 300, maximum_retry_attempts: 3 });
  expect(target.dead_letter_config.arn).toBe(reference('aws_sqs_queue.dead-letters'));
  expect(only('aws_s3_bucket_notification')).toMatchObject({ eventbridge: true });
});

test('the rule and the alarm may start the function, and nothing else may', () => {
  const permissions = Object.values<Json>(resource.aws_lambda_permission).map(
    ({ principal, source_arn, source_account }) => [principal, source_arn, source_account],
  );
  expect(permissions.sort()).toEqual([
    ['events.amazonaws.com', reference('aws_cloudwatch_event_rule.rule-records'), tokyo.aws.account],
    [
      'lambda.alarms.cloudwatch.amazonaws.com',
      `arn:aws:cloudwatch:${globalRegion}:${tokyo.aws.account}:alarm:waf-blocked-requests`,
      tokyo.aws.account,
    ],
  ]);
});

test('the function has every variable that it reads, more time than it asks for, and loses no event', () => {
  const made = only('aws_lambda_function');
  const report = lambdas['waf-report'];
  expect(Object.keys(made.environment.variables).sort()).toEqual([...report.environment].sort());
  expect(made.timeout).toBe(report.timeoutSeconds);
  const asked = only('aws_lambda_function_event_invoke_config');
  expect(asked.destination_config.on_failure.destination).toBe(reference('aws_sqs_queue.dead-letters'));
  // Three tries, each of which may wait for the end of a window, and the pauses of Lambda between them.
  expect(asked.maximum_event_age_in_seconds).toBeGreaterThan(3 * made.timeout + 180);
});

test('many blocked requests are notified within a minute, to Slack and to those who read mail', () => {
  const alarm: Json = resource.aws_cloudwatch_metric_alarm['alarm-blocked'];
  expect(alarm).toMatchObject({
    namespace: 'AWS/WAFV2',
    metric_name: 'BlockedRequests',
    period: 60,
    evaluation_periods: 1,
  });
  const web = data.aws_wafv2_web_acl['web-acl'];
  expect(alarm.dimensions).toEqual({ WebACL: web.name, Rule: 'ALL' });
  for (const actions of [alarm.alarm_actions, alarm.ok_actions])
    expect(actions).toEqual([
      reference('aws_lambda_function.function-waf-report-global'),
      reference('aws_sns_topic.topic'),
    ]);
  // What is broken on the way to Slack is notified by another one.
  expect(resource.aws_cloudwatch_metric_alarm['alarm-dead-letters'].alarm_actions).toEqual([
    reference('aws_sns_topic.topic'),
  ]);
});
