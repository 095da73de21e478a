import { alertName, isGap, limitOf, type PrometheusReading, type Signal, type Subject, subjects } from './signal.ts';
import { signals } from './signals.ts';

type Rule = {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
};
export type RuleFile = { groups: { name: string; rules: Rule[] }[] };
export type SiteName = 'local' | 'aws';

/** The signals that Prometheus reads on a site. */
export const readByPrometheus = (site?: SiteName, all = signals): (Signal & { prometheus: PrometheusReading })[] =>
  all.filter(
    (signal): signal is Signal & { prometheus: PrometheusReading } =>
      !isGap(signal.prometheus) &&
      (site === undefined || signal.prometheus.only === undefined || signal.prometheus.only.site === site),
  );

const rule = (signal: Signal & { prometheus: PrometheusReading }): Rule => {
  const { operator, value } = limitOf(signal);
  return {
    alert: alertName(signal),
    expr: `(${signal.prometheus.query}) ${operator} ${value}`,
    ...(signal.when.minutes > 0 ? { for: `${signal.when.minutes}m` } : {}),
    labels: { severity: signal.severity, subject: signal.subject },
    annotations: {
      summary: signal.summary,
      value: '{{ $value | humanize }}',
      unit: signal.when.unit,
      limit: `${operator} ${value}`,
      runbook: signal.runbook,
    },
  };
};

/** Prometheus' rule file of a site: a group for each subject. */
export function ruleFile(site: SiteName, all = signals): RuleFile {
  const read = readByPrometheus(site, all);
  const groups = (Object.keys(subjects) as Subject[]).map((name) => ({
    name,
    rules: read.filter(({ subject }) => subject === name).map(rule),
  }));
  return { groups: groups.filter(({ rules }) => rules.length > 0) };
}
