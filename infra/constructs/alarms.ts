import { CloudwatchCompositeAlarm } from '@cdktn/provider-aws/lib/cloudwatch-composite-alarm/index.js';
import { CloudwatchMetricAlarm } from '@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import { failoverRules } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Dr } from '../dr.ts';
import { type At, idOf, type Scope } from '../stack.ts';

/** The alarms of the failover: those that start it, and those that notify people. One of a composite notifies nobody by itself. */
export function alarms(
  scope: Scope,
  tokyo: Region,
  { alarms, composites }: Pick<Dr, 'alarms' | 'composites'>,
  topic: string,
): void {
  const { stack } = scope;
  const provider = scope.provider(tokyo.name);
  const notifies = { alarmActions: [topic], okActions: [topic] };
  const isPart = (name: string) => composites.some(({ rule }) => rule.includes(`"${name}"`));
  const made = alarms.map(
    ({ name, because, metric, evaluations, comparison, missing, dimensions, ...rest }) =>
      new CloudwatchMetricAlarm(stack, `alarm-${idOf(name)}`, {
        ...{ provider, alarmName: name, alarmDescription: because, metricName: metric },
        ...rest,
        ...(Object.keys(dimensions).length > 0 ? { dimensions } : {}),
        evaluationPeriods: evaluations,
        comparisonOperator: comparison,
        treatMissingData: missing,
        ...(isPart(name) ? {} : notifies),
      }),
  );
  for (const { name, rule } of composites)
    new CloudwatchCompositeAlarm(stack, `alarm-${idOf(name)}`, {
      provider,
      alarmName: name,
      alarmRule: rule,
      ...notifies,
      // A rule names its alarms by their names alone.
      dependsOn: made,
    });
  deadLetterAlarm(scope, tokyo, failoverRules.deadLetters, notifies);
}

/** An event or a message was lost: whoever reads the queue finds out which. */
export function deadLetterAlarm(
  scope: Scope,
  at: At,
  queue: string,
  notifies: { alarmActions: string[]; okActions: string[] },
): void {
  new CloudwatchMetricAlarm(scope.stack, 'alarm-dead-letters', {
    provider: scope.provider(at.name),
    alarmName: queue,
    alarmDescription: `An event or a message was lost: it is in the queue ${queue}`,
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: queue },
    statistic: 'Maximum',
    period: 60,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
    ...notifies,
  });
}
