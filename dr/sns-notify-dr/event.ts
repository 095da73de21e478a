import type { FailoverResult, FailoverStep } from '../../alerts/event.ts';
import { writerEpochSecret } from '../../overlays/names.ts';
import { classify, factsOf } from '../classify.ts';
import { secondsSince } from '../dr-failover-check/check.ts';
import { runOf } from '../number.ts';
import type { Result, State, Step } from '../types.ts';

export const messages = ['begun', 'promoted', 'moved', 'ended'] as const;
export type Message = (typeof messages)[number];

const ends: Record<Result | 'admitted', FailoverResult> = {
  'failed-over': 'failed over',
  'dry-run-done': 'dry run done',
  'already-running': 'already running',
  'already-failed-over': 'already failed over',
  refused: 'refused',
  'no-action': 'no action',
  failed: 'failed',
  // A run that was admitted has another outcome by its end.
  admitted: 'failed',
};
const steps: Record<Exclude<Message, 'ended'>, FailoverResult> = {
  begun: 'begun',
  promoted: 'promoted',
  moved: 'traffic moved',
};

const resume = 'start the machine again with a new event within 30 minutes: it does what is left (docs/failover.md)';
/** What a person does when a step failed; it says first what is true then. */
export const todo: Record<Step, string> = {
  lock: `nothing changed. The lock table or its function does not answer; cure that, then ${resume}`,
  probe: `nothing changed. The probes do not run; look at Seoul yourself, then ${resume}`,
  preflight:
    'nothing changed. Tokyo cannot be promoted as it is; cure what is named, or decide how much may be lost and promote by hand',
  decide: `nothing changed. The lock could not be written; ${resume}`,
  promote: `database and traffic are where they were, and the writer's epoch names Tokyo, unless it could not be written: write it back if Seoul is to go on. Look at the global database in Tokyo; ${resume}`,
  confirm: `the promotion was asked for and is not done after 300 s. The traffic has not moved. Watch the global database; once Tokyo writes, ${resume}`,
  traffic: `after a promotion the database writes in Tokyo, and the traffic has not moved or not all of it. The accelerator is controlled from us-west-2 alone; ${resume}`,
  capacity: `Tokyo serves, with too few nodes; ${resume}`,
  verify: `the steps are done, and what is named is not as it should be; look at it, then ${resume}`,
};

/** What the machine knows, as a message. Reads whatever is there: it also speaks for runs that failed early. */
export function eventOf(message: Message, state: State, execution: string, at: Date): FailoverStep {
  const { branch, outcome, preflight } = state;
  const run = runOf(state);
  const end = ends[outcome?.result ?? 'failed'];
  const unfenced = unfencedBy(state);
  const result =
    message !== 'ended'
      ? steps[message]
      : end === 'failed over' && unfenced.length > 0
        ? 'failed over, not fenced'
        : end;
  const text: { details: string[]; todo?: string } =
    message === 'ended' ? endOf(state) : { details: detailsOf(message, state) };
  if (unfenced.length > 0 && (message === 'promoted' || message === 'ended')) {
    text.details = [...unfenced, ...text.details];
    // Where nothing was promoted, Seoul still writes.
    if (outcome?.step !== 'promote') text.todo = [fenceTodo, ...(text.todo ? [text.todo] : [])].join('. ');
  }
  return {
    kind: 'failover',
    result,
    ...(run ? { mode: run.mode, incident: run.incident, seconds: secondsSince(run.since, at) } : {}),
    ...(branch ? { branch } : {}),
    ...(preflight ? { lag: preflight.lagSeconds } : {}),
    ...text,
    at,
    subject: execution,
  };
}

const fenceTodo = `before Seoul comes back, write a later epoch of tokyo into the secret ${writerEpochSecret} by hand: docs/failover.md, “Not fenced”`;
/** Why Seoul's pods may go on writing when Seoul comes back; empty: the fence was notified. */
const unfencedBy = ({ fence, decision }: State): string[] => [
  ...(fence ? [`the fence was not notified that Tokyo writes: ${fence.Error}: ${causeText(fence.Cause ?? '')}`] : []),
  ...(decision?.unread
    ? [
        `the fence may have received a later epoch than ${decision.epoch} before, and then ignores it: ${decision.unread}`,
      ]
    : []),
];

function detailsOf(
  message: Exclude<Message, 'ended'>,
  { preflight, promotion, traffic, decision, probes }: State,
): string[] {
  switch (message) {
    case 'begun':
      return [
        ...(decision?.did ?? []),
        ...(decision?.would ?? []),
        ...(probes?.[0].seen ?? []),
        ...(preflight?.warnings ?? []),
      ];
    case 'promoted':
      return promotion?.did ?? [];
    case 'moved':
      return [...(traffic?.did ?? []), ...(traffic?.would ?? []), ...(traffic?.Error ? ['not at all edges yet'] : [])];
  }
}

function endOf(state: State): { details: string[]; todo?: string } {
  const { outcome, preflight, decision, promotion, traffic, capacity, verified } = state;
  const done = [decision, promotion, traffic, capacity, verified];
  const fault = state.fault ?? (state as { Error?: string; Cause?: string });
  switch (outcome?.result) {
    case 'refused':
      return {
        details: outcome.why ?? [],
        todo: 'nothing changed. If Seoul is really gone, start the machine with a right event',
      };
    case 'already-running':
      return {
        details: outcome.why ?? [],
        todo: 'nothing, unless this is another failure: look when the first run has ended, and start the machine again then',
      };
    case 'already-failed-over':
      return { details: outcome.why ?? [] };
    case 'no-action': {
      return {
        details: sights(state),
        todo: 'nothing changed: the probes do not know, or contradict each other or the event. Look at both regions, then decide',
      };
    }
    case 'failed-over':
      return {
        details: [...(preflight?.warnings ?? []), ...done.flatMap((each) => each?.did ?? [])],
        todo: 'check bookings against tickets (docs/stores.md). Seoul takes no traffic by itself; failing back is yours: docs/failover.md',
      };
    case 'dry-run-done':
      return {
        details: [
          ...assumed(state),
          ...(preflight?.warnings ?? []),
          ...done.flatMap((each) => [...(each?.did ?? []), ...(each?.would ?? [])]),
          ...nodes(state),
        ],
      };
    default: {
      const why = fault.Error ? [`${fault.Error}: ${causeText(fault.Cause ?? '')}`] : [];
      return {
        details: [...why, ...assumed(state), ...nodes(state), ...done.flatMap((each) => each?.did ?? [])],
        ...(outcome?.step ? { todo: todo[outcome.step] } : {}),
      };
    }
  }
}

/** What the probes saw of both regions. */
function sights({ probes }: State): string[] {
  if (!probes) return [];
  const [{ seen }, { database, role, app }] = probes;
  return [...seen.map(causeText), `Tokyo itself: database ${database}, ${role}; services ${app}`];
}

/** Of a dry run by what a person assumes: what there really is, and what the machine would do by itself now. */
function assumed({ run, probes }: State): string[] {
  if (!run?.assumed || !probes) return [];
  const verdict = classify({ ...factsOf(run, ...probes), 'run.assumed': '' }) ?? 'no action';
  return [`assumed, as you said: ${run.assumed}. What the probes see now: ${verdict}`, ...sights({ probes })];
}

/** What kept the nodes from being raised: the machine goes on without them. */
const nodes = ({ capacity }: State) =>
  capacity?.Error ? [`nodes: ${causeText(capacity.Cause ?? capacity.Error)}`] : [];

/** Step Functions hands on what Lambda reported of an error: JSON with `errorMessage`. */
function causeText(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    if (typeof errorMessage === 'string') return errorMessage;
  } catch {
    // Not JSON: an error of Step Functions itself.
  }
  return cause;
}
