import type { Conditions } from './policy.ts';

/** The failover as dr/ describes it, as data: what infra/ reads of it, and no more. */

/** A right of a function: resources are words, which become ARNs in stacks/dr-values.ts. */
export type DrStatement = {
  sid: string;
  actions: readonly string[];
  resources: readonly string[];
  /** Where the call is made; Tokyo, if it says nothing. IAM is `global`. */
  region?: 'seoul' | 'accelerator' | 'global';
  condition?: Conditions;
};
/** A function: variables are names, which get their values in stacks/dr-values.ts. */
export type DrFunction = {
  name: string;
  description: string;
  timeoutSeconds: number;
  memoryMb: number;
  inVpc: boolean;
  /** Where it runs; Tokyo, if it says nothing. */
  places?: readonly ('tokyo' | 'witness')[];
  environment: readonly string[];
  statements: readonly DrStatement[];
};
/** An alarm of one metric in Tokyo. */
export type DrAlarm = {
  name: string;
  because: string;
  namespace: string;
  metric: string;
  /** The value `state-machine` stands for the ARN of the machine. */
  dimensions: Record<string, string>;
  /** Seconds. */
  period: number;
  evaluations: number;
  statistic: string;
  comparison: string;
  threshold: number;
  missing: string;
};
export type DrRule = {
  name: string;
  pattern: object;
  /** EventBridge's template of what the machine gets, where that is not a part of the event. */
  inputTemplate?: string;
  inputPath?: string;
};

export type Dr = {
  functions: readonly DrFunction[];
  machineStatements: readonly DrStatement[];
  /** The state machine in the Amazon States Language. */
  machine: (arns: { functions: Record<string, string>; writerEpoch: string }) => object;
  alarms: readonly DrAlarm[];
  /** Of these the first starts the machine with every other of the list: rules name them. */
  composites: readonly { name: string; rule: string }[];
  rule: DrRule & { retry: { maximumEventAgeSeconds: number; maximumAttempts: number } };
  /** Rehearsals, which an account has that is not live. */
  rehearsal: DrRule;
  schedules: readonly { function: string; expression: string }[];
  writerEpoch: { secret: string; initial: { epoch: number; writer: string } };
};
