import { failover, globalDatabase, writerEpochSecret } from '../overlays/names.ts';
import { probeMetrics, witness } from './aws/metrics.ts';
import { lagSeconds } from './dr-failover-check/check.ts';
import { staleSeconds } from './input.ts';

/**
 * What starts the machine, as data for infra/. All of it is in Tokyo, whose alarms see metrics of Tokyo alone; so the probers publish
 * there. What is missing counts against Seoul only if another observer says the same: each alarm is of one observer, and the composite
 * needs both.
 */
export type Alarm = {
  name: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  /** Seconds; of ten AWS evaluates every ten. */
  period: number;
  evaluations: number;
  statistic: 'Maximum' | 'Minimum' | 'Sum';
  comparison: 'LessThanThreshold' | 'GreaterThanThreshold';
  threshold: number;
  missing: 'breaching' | 'notBreaching' | 'ignore';
  because: string;
};

export const probers = ['tokyo', witness] as const;
type Observed = keyof typeof probeMetrics;
const observed = Object.keys(probeMetrics) as Observed[];
export const probeAlarm = (what: Observed, prober: string): string => `dr-seoul-${what}-by-${prober}`;

const probeAlarms: Alarm[] = observed.flatMap((what) =>
  probers.map((prober) => ({
    name: probeAlarm(what, prober),
    namespace: failover.metrics,
    metric: probeMetrics[what],
    dimensions: { Prober: prober },
    period: 10,
    evaluations: 3,
    statistic: 'Maximum' as const,
    comparison: 'LessThanThreshold' as const,
    threshold: 1,
    // An observer that says nothing is a fault of the observer. It never speaks against Seoul.
    missing: 'notBreaching' as const,
    because: `${prober} did not see Seoul's ${what} for 30 s`,
  })),
);

/** Stands for the ARN of the machine, which infra/ knows. */
export const stateMachine = 'state-machine';
/** Ends of an execution that need a person, with their metrics. */
const unfinished = [
  ['failed', 'ExecutionsFailed'],
  ['timed-out', 'ExecutionsTimedOut'],
  ['aborted', 'ExecutionsAborted'],
] as const;

export const alarms: Alarm[] = [
  ...probeAlarms,
  ...probers.map((prober) => ({
    name: `dr-prober-silent-${prober}`,
    namespace: failover.metrics,
    metric: probeMetrics.region,
    dimensions: { Prober: prober },
    period: 60,
    evaluations: 3,
    statistic: 'Minimum' as const,
    comparison: 'LessThanThreshold' as const,
    // Below any value: only silence breaches it.
    threshold: -1,
    missing: 'breaching' as const,
    because: `without ${prober} nothing is detected; notifies people, and starts nothing`,
  })),
  {
    name: 'dr-replication-lag',
    namespace: 'AWS/RDS',
    metric: 'AuroraGlobalDBRPOLag',
    dimensions: { DBClusterIdentifier: globalDatabase.clusters.tokyo },
    period: 60,
    evaluations: 1,
    statistic: 'Maximum',
    comparison: 'GreaterThanThreshold',
    threshold: lagSeconds.objective * 1000,
    missing: 'breaching',
    because: 'the recovery point objective; AWS gives the lag in milliseconds',
  },
  {
    name: 'dr-not-ready',
    namespace: failover.metrics,
    metric: 'Ready',
    dimensions: {},
    period: 3600,
    evaluations: 1,
    statistic: 'Minimum',
    comparison: 'LessThanThreshold',
    threshold: 1,
    missing: 'breaching',
    because: 'the readiness check found something, or did not run for an hour',
  },
  // Straight to the topic, whatever became of the message of the end. Refusals and no action are among them, so people hear of those twice.
  ...unfinished.map(([what, metric]) => ({
    name: `dr-failover-${what}`,
    namespace: 'AWS/States',
    metric,
    dimensions: { StateMachineArn: stateMachine },
    period: 60,
    evaluations: 1,
    statistic: 'Sum' as const,
    comparison: 'GreaterThanThreshold' as const,
    threshold: 0,
    missing: 'notBreaching' as const,
    because: `a failover ended as ${what}: its last message says why, and its execution if that did not arrive`,
  })),
];

const both = (what: Observed) => probers.map((prober) => `ALARM("${probeAlarm(what, prober)}")`).join(' AND ');
/** Composite alarms, whose changes start the machine. Their names are those that dr/input.ts takes. */
export const composites: { name: string; rule: string }[] = [
  { name: failover.alarm, rule: `(${both('app')}) OR (${both('writer')})` },
  { name: failover.writerAlarm, rule: both('writer') },
];

/** EventBridge, to the state machine. */
export const rule = {
  name: failover.rule,
  pattern: {
    source: ['aws.cloudwatch'],
    'detail-type': ['CloudWatch Alarm State Change'],
    detail: {
      alarmName: composites.map(({ name }) => name),
      state: { value: ['ALARM'] },
      previousState: { value: [{ 'anything-but': ['ALARM'] }] },
    },
  },
  /** The whole event, with the mode. `<aws.events.event.json>` is a variable of EventBridge's own. */
  inputTemplate: '{"mode":"live","event":<aws.events.event.json>}',
  /** A failover that comes late is another failover. What is not delivered goes to the dead-letter queue, which alarms. */
  retry: { maximumEventAgeSeconds: staleSeconds, maximumAttempts: 3 },
};

/** Rehearsals enter by a rule of their own, which the live account does not have. */
export const rehearsal = {
  name: `${failover.rule}-rehearsal`,
  pattern: { source: [failover.sources.rehearsal] },
  inputPath: '$.detail',
};

export const schedules = [
  { function: 'dr-probe-seoul', expression: 'rate(1 minute)' },
  { function: 'dr-readiness', expression: 'rate(30 minutes)' },
] as const;

/** Made in Tokyo and replicated to Seoul, so that it can be written while Seoul is gone and arrives there when it returns. */
export const writerEpoch = { secret: writerEpochSecret, initial: { epoch: 0, writer: 'seoul' } };
