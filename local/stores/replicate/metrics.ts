import type { Lag } from './settings.ts';

/** The lag as Prometheus reads it. What nobody knows has no number, and is reported as that. */
export const lagMetrics = ({ behind }: Pick<Lag, 'behind'>): string => {
  const all = Object.entries(behind);
  return [
    '# HELP replication_lag_seconds By how much a copy of this region is behind, at most.',
    '# TYPE replication_lag_seconds gauge',
    ...all.flatMap(([store, seconds]) =>
      seconds === null ? [] : [`replication_lag_seconds{store="${store}"} ${seconds}`],
    ),
    '# HELP replication_known Whether it is known.',
    '# TYPE replication_known gauge',
    ...all.map(([store, seconds]) => `replication_known{store="${store}"} ${seconds === null ? 0 : 1}`),
    '',
  ].join('\n');
};
