import { alertName, type DatadogReading, isGap, limitOf, type Signal, type Subject, subjects } from './signal.ts';
import { signals } from './signals.ts';

/** The tags of what one cluster reports to Datadog. */
const scoped = (query: string, cluster: string) => query.replaceAll('{SCOPE', `{kube_cluster_name:${cluster}`);

type Read = Signal & { datadog: DatadogReading };
const read = (all: readonly Signal[]): Read[] => all.filter((signal): signal is Read => !isGap(signal.datadog));

const minutesOf = ({ when }: Signal): number => Math.max(5, when.minutes);
/** The windows that monitors may have. */
const windows = [5, 10, 15, 30, 60, 120];
const windowOf = (signal: Signal): string => {
  const minutes = windows.find((one) => one >= minutesOf(signal)) ?? 120;
  return minutes < 60 ? `${minutes}m` : `${minutes / 60}h`;
};

/** Bad for the whole window: the least value of it is beyond the limit. */
function query(signal: Read, cluster: string): string {
  const { operator, value } = limitOf(signal);
  const { query: of, scale = 1, anomaly } = signal.datadog;
  const metric = scoped(of, cluster);
  if (anomaly) return `avg(last_4h):anomalies(${metric}, 'agile', 2, direction='both', seasonality='weekly') >= 1`;
  return `${operator === '>' ? 'min' : 'max'}(last_${windowOf(signal)}):${metric} ${operator} ${value * scale}`;
}

/** A monitor of Datadog, as its API takes it. */
export const monitor = (signal: Read, cluster: string, handle: string): object => {
  const { value } = limitOf(signal);
  const { scale = 1, anomaly } = signal.datadog;
  return {
    name: `${alertName(signal)} in ${cluster}`,
    type: 'query alert',
    query: query(signal, cluster),
    message: `${signal.summary}. ${signal.runbook}. ${handle}`,
    tags: [`severity:${signal.severity}`, `subject:${signal.subject}`, 'managed-by:tickets'],
    priority: signal.severity === 'page' ? 1 : 4,
    options: {
      thresholds: anomaly ? { critical: 1, critical_recovery: 0 } : { critical: value * scale },
      ...(anomaly ? { threshold_windows: { trigger_window: 'last_15m', recovery_window: 'last_15m' } } : {}),
      notify_no_data: false,
      include_tags: true,
      require_full_window: false,
    },
  };
};

/** The monitors of a cluster, by the names of their signals. */
export const monitors = (cluster: string, handle: string, all: readonly Signal[] = signals): [string, object][] =>
  read(all).map((signal) => [signal.name, monitor(signal, cluster, handle)]);

/** A page of Datadog: a group of graphs for each subject, and the map of hosts. */
export function datadogDashboard(cluster: string, all: readonly Signal[] = signals): object {
  const graphs = (subject: Subject) =>
    read(all)
      .filter((signal) => signal.subject === subject)
      .map((signal) => ({
        definition: {
          type: 'timeseries',
          title: signal.name.replaceAll('-', ' '),
          requests: [{ q: scoped(signal.datadog.query, cluster), display_type: 'line' }],
          markers: signal.datadog.anomaly
            ? []
            : [{ value: `y = ${limitOf(signal).value * (signal.datadog.scale ?? 1)}`, display_type: 'error dashed' }],
        },
      }));
  return {
    title: `Tickets: ${cluster}`,
    layout_type: 'ordered',
    widgets: [
      {
        definition: {
          type: 'hostmap',
          title: 'Nodes',
          requests: { fill: { q: `avg:system.cpu.user{kube_cluster_name:${cluster}} by {host}` } },
          node_type: 'host',
          group: ['karpenter_capacity_type'],
        },
      },
      ...(Object.keys(subjects) as Subject[])
        .map((subject) => [subject, graphs(subject)] as const)
        .filter(([, widgets]) => widgets.length > 0)
        .map(([subject, widgets]) => ({
          definition: { type: 'group', layout_type: 'ordered', title: subjects[subject], widgets },
        })),
    ],
  };
}
