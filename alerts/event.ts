/** What happened, in the platform's words and before any channel's formatting. Every string may be hostile: it comes from a push. */
export type Event =
  | RunEnded
  | ApplicationChanged
  | Backlog
  | FailoverStep
  | AlertsChanged
  | FirewallReport
  | FirewallAlarm;

export type Commit = { sha: string; subject: string; author: string };
export type Link = { label: string; url: string };

/** How a pipeline run ended. `rejected`: Tekton refused it before any task existed. */
export type RunResult =
  | 'released'
  | 'unchanged'
  | 'superseded'
  | 'succeeded'
  | 'failed'
  | 'timed out'
  | 'cancelled'
  | 'rejected';

/** The task that ended the run, as far as Tekton knows it. A run rejected at validation has a reason but no task. */
export type Failure = { task?: string; step?: string; exitCode?: number; reason: string; message: string };

export type RunEnded = {
  kind: 'run';
  result: RunResult;
  service: string;
  environment: string;
  commit?: Commit;
  failure?: Failure;
  /** what people should know of a run that did not fail */
  note?: string;
  /** seconds from start to end; absent where the run never started */
  duration?: number;
  at: Date;
  /** `<namespace>/<name>`, the thing to ask the cluster for */
  subject: string;
  links: Link[];
};

/** `stuck`: for long neither synced and healthy nor anything else that was notified. */
export type ApplicationResult = 'deployed' | 'sync failed' | 'degraded' | 'stuck' | 'recovered';

export type ApplicationChanged = {
  kind: 'application';
  result: ApplicationResult;
  service: string;
  environment: string;
  /** the release that runs (deployed, recovered) or is affected; absent before the first one */
  commit?: Commit;
  reason?: string;
  duration?: number;
  at: Date;
  subject: string;
  links: Link[];
};

/** One message in place of many that are too old or too many to be read one by one. */
export type Backlog = {
  kind: 'backlog';
  counts: [service: string, result: RunResult, count: number][];
  from: Date;
  to: Date;
};

/** What Prometheus found: one alert, with all that it is about in a region. */
export type AlertsChanged = {
  kind: 'alerts';
  result: 'firing' | 'resolved';
  alert: string;
  severity: 'page' | 'ticket';
  region: string;
  /** what is wrong, what is the limit, and what to do first; from the list of signals */
  summary: string;
  limit: string;
  runbook: string;
  firing: AlertOf[];
  resolved: AlertOf[];
  /** so many more are left out */
  more: number;
  at: Date;
};
/** `about`: the pod, node, service … */
export type AlertOf = { about: string; value: string; since: Date };

/** A step of a failover from Seoul to Tokyo, or its end. */
export type FailoverResult =
  | 'begun'
  | 'promoted'
  | 'traffic moved'
  | 'failed over'
  | 'failed over, not fenced'
  | 'dry run done'
  | 'already running'
  | 'already failed over'
  | 'refused'
  | 'no action'
  | 'failed'
  | 'not ready'
  | 'ready';

export type FailoverStep = {
  kind: 'failover';
  result: FailoverResult;
  /** live, rehearsal or dry-run; absent where the event was refused before that was known */
  mode?: string;
  /** the branch that was taken */
  branch?: string;
  /** `dr-<number>` */
  incident?: string;
  /** since the alarm */
  seconds?: number;
  /** how far Tokyo's database was behind when it was promoted, in seconds; null: nobody knows */
  lag?: number | null;
  /** what was done, would be done, or is wrong; one each */
  details: string[];
  /** what a person has to do now */
  todo?: string;
  at: Date;
  /** the execution */
  subject: string;
};

/** Requests of one kind: what a rule did with those of one country from one block of addresses. */
export type FirewallGroup = { action: string; rule: string; country: string; block: string; count: number };
/** What the firewall did in a window of time. No whole address and no value that a caller sent is in it. */
export type FirewallReport = {
  kind: 'firewall';
  firewall: string;
  from: Date;
  to: Date;
  /** Requests by what was done with them: BLOCK, COUNT (a rule that does not block yet), CAPTCHA, CHALLENGE. */
  actions: [action: string, count: number][];
  /** The greatest first. */
  groups: FirewallGroup[];
  /** Requests in none of these groups. */
  others: number;
  /** What was asked for most, without the parts that may identify a person. */
  paths: [path: string, count: number][];
  /** What could not be read, and what is not complete. */
  notes: string[];
  /** where the records are */
  subject: string;
};
/** The firewall blocks more than it usually does, or no longer. */
export type FirewallAlarm = {
  kind: 'firewall alarm';
  result: 'raised' | 'over';
  firewall: string;
  reason: string;
  at: Date;
  /** the alarm */
  subject: string;
};
