/** The words of a failover: what may happen, what the probes see, and what the state machine hands from state to state. */

export const branches = ['svc-failure', 'db-failure', 'region-failure', 'db+app-failure'] as const;
/** What failed in Seoul. The first moves the traffic alone; the others promote Tokyo's database first. */
export type Branch = (typeof branches)[number];

export const modes = ['live', 'dry-run', 'rehearsal'] as const;
/** `dry-run` changes nothing and says what it would change. `rehearsal` is real, in an account that is not the live one. */
export type Mode = (typeof modes)[number];

/** What a probe saw. `unknown`: it has no answer, or two of them disagree. Nothing is decided on that. */
export type Sight = 'ok' | 'fail' | 'unknown';

/** Input of the state machine. The rule adds `mode`, and `trigger` is what a person or a rehearsal says to have failed. */
export type Input = { mode: Mode; trigger?: Branch; event: Record<string, unknown> };

/** One failover, as the lock admitted it. */
export type Run = {
  mode: Mode;
  /** What the event says to have failed; empty: the probes alone decide. */
  trigger: Branch | '';
  event: string;
  /** Number of the failover; a run that is resumed has that of the first. */
  epoch: number;
  /** `dr-<epoch>`. */
  incident: string;
  /** Time of the first event of the incident, ISO 8601. */
  since: string;
  /** The branch that an earlier run of this incident had begun; empty without one. */
  decided: Branch | '';
  /** An earlier svc-failure moved the traffic to Tokyo, and the database still writes in Seoul. */
  moved: 'yes' | 'no';
  /** In a dry run of a person: what is assumed to have failed, whatever the probes see; empty otherwise. */
  assumed: Branch | '';
};

export type Seoul = { writer: Sight; app: Sight; region: Sight; seen: string[] };
/** What Tokyo's cluster is in the global database. */
export type Role = 'reader' | 'writer' | 'promoting' | 'detached' | 'unknown';
export type Tokyo = { database: Sight; app: Sight; role: Role };

/** How a run ended. */
export const results = [
  'failed-over',
  'dry-run-done',
  'already-running',
  'already-failed-over',
  'refused',
  'no-action',
  'failed',
] as const;
export type Result = (typeof results)[number];

/** The steps that can fail, in the order of the machine. */
export const steps = [
  'lock',
  'probe',
  'preflight',
  'decide',
  'promote',
  'confirm',
  'traffic',
  'capacity',
  'verify',
] as const;
export type Step = (typeof steps)[number];

export type Outcome = { result: Result | 'admitted'; step?: Step; why?: string[] };

/** What a state says it would do in a dry run, or has done; each a sentence. */
export type Done = { did: string[]; would: string[] };
/** `epoch`: the number under which the failover goes on; `unread`: why it may be earlier than the one that the fence knows. */
export type Decision = Done & { epoch: number; unread?: string };
export type Preflight = { lagSeconds: number | null; warnings: string[] };
export type Confirmed = { writer: 'tokyo'; atSeconds: number };
export type Settled = { seconds: number };

/** The document that the machine hands from state to state. */
export type State = {
  run?: Run;
  outcome?: Outcome;
  /** Error and Cause of the state that failed. */
  fault?: { Error: string; Cause: string };
  probes?: [Seoul, Tokyo];
  branch?: Branch;
  preflight?: Preflight;
  decision?: Decision;
  /** Why the writer's epoch could not be written; absent where it was. */
  fence?: { Error: string; Cause?: string };
  promotion?: Done;
  confirmed?: Confirmed;
  traffic?: Done & { Error?: string };
  capacity?: Done & { Error?: string; Cause?: string };
  verified?: Done;
  settled?: Settled;
};
