import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { isGap, limitOf } from '../monitoring/signal.ts';
import { signals } from '../monitoring/signals.ts';
import { cloudwatchMetrics } from '../monitoring/sold.ts';
import { alarmTopic, failover, firewallAlarm } from '../overlays/names.ts';
import { regions } from '../overlays/regions/index.ts';
import { ofType, placed, readStacks } from './rules/stacks.ts';

const all = placed(readStacks(dirname(import.meta.dirname)));
const alarms = ofType(all, 'aws_cloudwatch_metric_alarm').map(({ stack, place, args }) => ({ stack, place, args }));
const metricOf = (args: (typeof alarms)[number]['args']): string =>
  args.metric_name ?? args.metric_query[0].metric.metric_name;

/** Made by the stack that makes the thing itself. */
const elsewhere: Record<string, { stacks: readonly string[]; places: readonly string[] }> = {
  'replication-lag': { stacks: ['dr-control'], places: ['tokyo'] },
  'firewall-blocks': { stacks: ['firewall'], places: ['global'] },
  'host-certificate-expires': {
    stacks: ['seoul', 'tokyo', 'site', 'sign-in', 'gateway-seoul', 'gateway-tokyo'],
    places: ['global', 'seoul', 'tokyo'],
  },
};

test('every signal that CloudWatch reads has an alarm in each region that has the metric, and it notifies somebody', () => {
  for (const { name, cloudwatch } of signals) {
    if (isGap(cloudwatch)) continue;
    const { stacks: of, places } = elsewhere[name] ?? {
      stacks: ['monitoring'],
      places: regions.map((region) => region.name),
    };
    const own = alarms.filter(({ args }) => metricOf(args) === cloudwatch.metric);
    expect([name, [...new Set(own.map((one) => one.stack))].sort()]).toEqual([name, [...of].sort()]);
    expect([name, [...new Set(own.map((one) => one.place))].sort()]).toEqual([name, [...places].sort()]);
    for (const { args } of own) expect([name, args.alarm_actions.length > 0]).toEqual([name, true]);
  }
});

test('the failover and the list of signals agree on the loss that is promised', () => {
  const signal = signals.find(({ name }) => name === 'replication-lag');
  if (!signal || isGap(signal.cloudwatch)) throw new Error('replication-lag: CloudWatch does not read it');
  const [alarm] = alarms.filter(({ args }) => args.alarm_name === 'dr-replication-lag');
  expect(alarm?.args).toMatchObject({
    metric_name: signal.cloudwatch.metric,
    threshold: limitOf(signal).value * (signal.cloudwatch.scale ?? 1),
    treat_missing_data: signal.cloudwatch.missing,
  });
});

test('the firewall and the list of signals agree on how many blocked requests are many', () => {
  const signal = signals.find(({ name }) => name === 'firewall-blocks');
  if (!signal || isGap(signal.cloudwatch)) throw new Error('firewall-blocks: CloudWatch does not read it');
  const [alarm] = alarms.filter(({ args }) => args.alarm_name === 'waf-blocked-requests');
  expect(alarm?.args).toMatchObject({
    metric_name: signal.cloudwatch.metric,
    comparison_operator: 'GreaterThanThreshold',
    threshold: limitOf(signal).value,
    period: 60 * signal.when.minutes,
    evaluation_periods: 1,
  });
});

test('every certificate has an alarm in its own region, which goes off before it ends and where nothing is measured any more', () => {
  const certificates = ofType(all, 'aws_acm_certificate');
  expect(certificates.length).toBeGreaterThan(6);
  for (const { stack, place, id } of certificates) {
    const own = alarms.filter(
      (alarm) => alarm.stack === stack && alarm.args.dimensions?.CertificateArn === `\${aws_acm_certificate.${id}.arn}`,
    );
    const topic = place === 'global' ? firewallAlarm.topic : alarmTopic;
    expect([id, own.map((alarm) => [alarm.place, alarm.args.alarm_actions[0].split(':').at(-1)])]).toEqual([
      id,
      [[place, topic]],
    ]);
    expect(own[0]?.args).toMatchObject({
      comparison_operator: 'LessThanThreshold',
      threshold: 30,
      treat_missing_data: 'breaching',
    });
  }
  // The name of an alarm is one in its region.
  const names = alarms.map(({ place, args }) => `${place} ${args.alarm_name}`);
  expect(names.length - new Set(names).size).toBe(0);
});

test('the band of traffic is learned, and what does not change like that has a limit', () => {
  const learned = alarms.filter(({ args }) => args.threshold_metric_id !== undefined);
  expect(learned.map(({ args }) => metricOf(args))).toEqual(['NewFlowCount', 'NewFlowCount']);
  for (const { args } of learned) expect(args.metric_query[1].expression).toBe('ANOMALY_DETECTION_BAND(metric, 2)');
  for (const { args } of alarms.filter(({ stack }) => stack === 'monitoring'))
    expect(args.threshold === undefined).toBe(args.threshold_metric_id !== undefined);
});

test('every alarm looks at a metric that AWS measures, or that the failover writes', () => {
  const named = alarms.map(({ args }) => [args.namespace ?? args.metric_query[0].metric.namespace, metricOf(args)]);
  expect(named.length).toBeGreaterThan(20);
  for (const [namespace, metric] of named)
    expect([
      namespace,
      metric,
      namespace === failover.metrics || cloudwatchMetrics[namespace]?.includes(metric),
    ]).toEqual([...[namespace, metric], true]);
});
