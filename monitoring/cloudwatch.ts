import { type CloudwatchReading, isGap, limitOf, type Signal } from './signal.ts';
import { signals } from './signals.ts';

type Dimensions = Record<string, string>;
/** An alarm of CloudWatch, as plain data: the stack `monitoring` makes it. */
export type Alarm = {
  name: string;
  description: string;
  severity: Signal['severity'];
  namespace: string;
  metric: string;
  dimensions: Dimensions;
  statistic: string;
  period: number;
  evaluations: number;
  comparison: 'GreaterThanThreshold' | 'LessThanThreshold' | 'LessThanLowerOrGreaterThanUpperThreshold';
  /** Without it the band of the anomaly decides. */
  threshold?: number;
  /** Width of the band, in standard deviations. */
  band?: number;
  missing: 'breaching' | 'notBreaching';
};

/** What has a metric: a name for its alarms, and the dimensions by which CloudWatch knows it. */
export type Place = { name: string; dimensions: Dimensions };

const read = (all: readonly Signal[]) =>
  all.filter((signal): signal is Signal & { cloudwatch: CloudwatchReading } => !isGap(signal.cloudwatch));

/** The alarms of a region: each signal at each place that has its metric. */
export const alarmsOf = (
  places: (of: CloudwatchReading['of']) => readonly Place[],
  all: readonly Signal[] = signals,
): Alarm[] =>
  read(all).flatMap((signal) => {
    const {
      namespace,
      metric,
      of,
      statistic,
      period = 60,
      scale = 1,
      anomaly,
      missing = 'notBreaching',
    } = signal.cloudwatch;
    const { operator, value } = limitOf(signal);
    return places(of).map(
      ({ name, dimensions }): Alarm => ({
        name: `tickets-${signal.name}-${name}`,
        description: `${signal.summary}. ${signal.runbook}`,
        ...{ severity: signal.severity, namespace, metric, dimensions, statistic, period, missing },
        evaluations: Math.max(1, Math.ceil((signal.when.minutes * 60) / period)),
        ...(anomaly === undefined
          ? {
              comparison: operator === '>' ? 'GreaterThanThreshold' : 'LessThanThreshold',
              threshold: value * scale,
            }
          : { comparison: 'LessThanLowerOrGreaterThanUpperThreshold', band: anomaly }),
      }),
    );
  });

/** The page of CloudWatch: a graph for each signal, with its limit. */
export function cloudwatchDashboard(alarms: readonly (Alarm & { region: string })[]): object {
  const bySignal = new Map<string, (Alarm & { region: string })[]>();
  for (const alarm of alarms) {
    const title = `${alarm.namespace} ${alarm.metric}`;
    bySignal.set(title, [...(bySignal.get(title) ?? []), alarm]);
  }
  const widgets = [...bySignal].map(([title, some], index) => ({
    type: 'metric',
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
    width: 12,
    height: 6,
    properties: {
      title,
      region: some[0]?.region,
      view: 'timeSeries',
      period: some[0]?.period,
      metrics: some.map(({ namespace, metric, dimensions, statistic, region, name }) => [
        namespace,
        metric,
        ...Object.entries(dimensions).flat(),
        { stat: statistic, region, label: name },
      ]),
      ...(some[0]?.threshold === undefined
        ? {}
        : { annotations: { horizontal: [{ label: 'limit', value: some[0].threshold }] } }),
    },
  }));
  return { widgets };
}
