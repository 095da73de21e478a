import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { isGap, limitOf } from '../monitoring/signal.ts';
import { signals } from '../monitoring/signals.ts';
import { cloudwatchMetrics } from '../monitoring/sold.ts';
import { failover } from '../overlays/names.ts';
import { regions } from '../overlays/regions/index.ts';
import { ofType, placed, readStacks } from './rules/stacks.ts';

const alarms = ofType(placed(readStacks(dirname(import.meta.dirname))), 'aws_cloudwatch_metric_alarm').map(
  ({ stack, place, args }) => ({ stack, place, args }),
);
const metricOf = (args: (typeof alarms)[number]['args']): string =>
  args.metric_name ?? args.metric_query[0].metric.metric_name;

/** Made by the stack that makes the thing itself. */
const elsewhere: Record<string, { stack: string; place: string }> = {
  'replication-lag': { stack: 'dr-control', place: 'tokyo' },
  'firewall-blocks': { stack: 'firewall', place: 'global' },
};

test('every signal that CloudWatch reads has an alarm in each region that has the metric, and it notifies somebody', () => {
  for (const { name, cloudwatch } of signals) {
    if (isGap(cloudwatch)) continue;
    const { stack: of, place } = elsewhere[name] ?? { stack: 'monitoring' };
    const own = alarms.filter(({ stack, args }) => stack === of && metricOf(args) === cloudwatch.metric);
    const wanted = place ? [place] : regions.map((region) => region.name);
    expect([name, [...new Set(own.map((one) => one.place))].sort()]).toEqual([name, wanted.sort()]);
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
    period: 60 * signal.minutes,
    evaluation_periods: 1,
  });
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
