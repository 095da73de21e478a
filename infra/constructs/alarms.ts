import { CloudwatchCompositeAlarm } from '@cdktn/provider-aws/lib/cloudwatch-composite-alarm/index.js';
import { CloudwatchMetricAlarm } from '@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import { failoverRules } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Dr } from '../dr.ts';
import { idOf, type Scope } from '../stack.ts';

/** The alarms of the failover: those that start it, and those that tell people. One of a composite tells nobody by itself. */
export function alarms(
  scope: Scope,
  tokyo: Region,
  { alarms, composites }: Pick<Dr, 'alarms' | 'composites'>,
  topic: string,
): void {
  const { stack } = scope;
  const provider = scope.provider(tokyo.name);
  const tells = { alarmActions: [topic], okActions: [topic] };
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
        ...(isPart(name) ? {} : tells),
      }),
  );
  for (const { name, rule } of composites)
    new CloudwatchCompositeAlarm(stack, `alarm-${idOf(name)}`, {
      provider,
      alarmName: name,
      alarmRule: rule,
      ...tells,
      // A rule names its alarms by their names alone.
      dependsOn: made,
    });
  new CloudwatchMetricAlarm(stack, 'alarm-dead-letters', {
    provider,
    alarmName: failoverRules.deadLetters,
    alarmDescription: 'An event or a message of the failover was lost',
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: failoverRules.deadLetters },
    statistic: 'Maximum',
    period: 60,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
    ...tells,
  });
}
