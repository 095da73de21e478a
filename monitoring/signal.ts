/** What people want to know of the platform, and how each tool reads it. The list is signals.ts. */
export type Signal = {
  /** Lower case, with `-`; the name of its alarm in CloudWatch. Prometheus and Datadog write `PodRestarts`. */
  name: string;
  subject: Subject;
  /** What is wrong when it fires, in one sentence: the summary of the alert. */
  summary: string;
  /** `page`: somebody gets up at night. `ticket`: on the next working day. */
  severity: 'page' | 'ticket';
  /** What to look at first, for who is woken by it. */
  runbook: string;
  /** Strictly beyond the threshold is bad, for so many minutes without a break. A tool that counts in another unit has a `scale`. */
  when: ({ above: number } | { below: number }) & { unit: Unit; minutes: number };
  prometheus: PrometheusReading | Gap;
  cloudwatch: CloudwatchReading | Gap;
  datadog: DatadogReading | Gap;
};

export const subjects = {
  nodes: 'Nodes',
  pods: 'Pods',
  services: 'Services',
  queue: 'Waiting queue and events',
  data: 'Copies of the data',
  pipelines: 'Pipelines',
  deployments: 'Argo CD',
  credentials: 'Certificates and tokens',
  firewall: 'Firewall',
  cost: 'Cost of nodes',
  monitoring: 'Monitoring itself',
} as const;
export type Subject = keyof typeof subjects;

export type Unit = 'ratio' | 'seconds' | 'bytes per second' | 'per second' | 'count' | 'days';

/** Why a tool does not read a signal. */
export type Gap = { gap: string };
/** Why Datadog does not read what AWS measures. */
export const readsNoAws =
  'it reads AWS only by a role in the account, which is one more key to all metrics; CloudWatch has it';
export const isGap = (reading: object): reading is Gap => 'gap' in reading;

export type PrometheusReading = {
  /** PromQL: one value for each thing that may be bad. */
  query: string;
  /** What the query is computed from when the signal has this value; promtool tests the alert with it. */
  series: (value: number) => Series[];
  /** How far above and below the threshold the tests go. */
  step: number;
  /** A value at which all is well. */
  well: number;
  /** The metric is there on one site alone, and why. */
  only?: { site: 'local' | 'aws'; because: string };
};

/** A series of the tests: a gauge at its value, or a counter that rises by it each second. */
export type Series = { name: string; gauge: number } | { name: string; counter: number };
export const gauge = (name: string, value: number): Series => ({ name, gauge: value });
export const counter = (name: string, perSecond: number): Series => ({ name, counter: perSecond });

export type CloudwatchReading = {
  namespace: string;
  metric: string;
  /** What has the metric; the stack `monitoring` knows the dimensions of each. */
  of: CloudwatchPlace;
  statistic: 'Average' | 'Maximum' | 'Minimum' | 'Sum' | 'p99';
  /** Seconds that one value stands for; 60 without. */
  period?: number;
  /** From the unit of the signal to that of CloudWatch. */
  scale?: number;
  /** In place of the threshold: outside of a band of so many standard deviations that CloudWatch learns. */
  anomaly?: number;
  /** What silence means; `notBreaching` without. */
  missing?: 'breaching' | 'notBreaching';
};
/** `cluster`, `namespaces`: Container Insights. `edge`: the load balancer before the ingress. */
export type CloudwatchPlace =
  | 'cluster'
  | 'namespaces'
  | 'edge'
  | 'edge-targets'
  | 'global-database'
  | 'kafka'
  | 'brokers'
  | 'gateway'
  | 'log-streams'
  | 'certificates'
  | 'firewall';

export type DatadogReading = {
  /** A query of Datadog over `{SCOPE}`, which becomes the tags of the cluster. */
  query: string;
  scale?: number;
  /** In place of the threshold: outside of the bounds that Datadog learns. */
  anomaly?: true;
};

/** `PodRestarts` */
export const alertName = ({ name }: Pick<Signal, 'name'>): string =>
  name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

export const limitOf = ({ when }: Pick<Signal, 'when'>): { operator: '>' | '<'; value: number } =>
  'above' in when ? { operator: '>', value: when.above } : { operator: '<', value: when.below };
