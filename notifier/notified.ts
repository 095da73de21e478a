import * as v from 'valibot';
import { notifiedAnnotation } from '../lib/kube/notified.ts';

/**
 * What was notified about an object by one channel, kept on the object itself in an annotation, so that a notifier without any storage of its own
 * repeats nothing after a restart and finds what it missed.
 *
 * The choice between losing and repeating: at least once. A message is sent first and recorded afterwards, so a crash between the two
 * repeats it; the other order would lose it, and a failed run that nobody hears of is the worse fault. (Slack takes no idempotency
 * key, so exactly once cannot be had.) The claim, written before sending and conditional on the object's resourceVersion, keeps that
 * window small and lets only one of two notifiers send; the Deployment has one replica and the strategy Recreate, so two at once is a
 * fault (a node cut off from the API server), not the rule.
 */
export type Notified = {
  /** A run: its result. */
  ended?: string;
  /** An Application: the release last notified as deployed, or found deployed long ago. */
  release?: string;
  /** An Application: what is wrong, until it is well again. */
  problems?: string[];
};

/** What one channel's dispatcher keeps on an object. */
export type State = Notified & { claim?: Claim };
/** `by` is about to send, and is taken for dead after `until` (ISO time). */
export type Claim = { by: string; until: string };

/** More different causes than this within one time of problems are not notified: a fault that changes its words must not flood a channel. */
export const MOST_PROBLEMS = 5;

/** A field that was edited by hand into something else counts as absent. */
const optional = <S extends v.GenericSchema>(schema: S) => v.fallback(v.optional(schema), undefined);
const date = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);
const names = v.pipe(v.array(v.string()), v.minLength(1));
const state = v.fallback(
  v.object({
    ended: optional(v.string()),
    release: optional(v.string()),
    problems: optional(names),
    claim: optional(v.object({ by: v.string(), until: date })),
  }),
  {},
);

type Annotated = { metadata?: { annotations?: Record<string, string> } };

/** The annotation as it is: channel → state. Anything that is not ours (edited by hand, cut, of another version) counts as nothing. */
function readAnnotation(object: Annotated): Record<string, unknown> {
  const text = object.metadata?.annotations?.[notifiedAnnotation];
  if (text === undefined || text.length > 10_000) return {};
  try {
    return v.parse(v.record(v.string(), v.unknown()), JSON.parse(text));
  } catch {
    return {};
  }
}

export function readState(object: Annotated, channel: string): State {
  return v.parse(state, readAnnotation(object)[channel]) as State;
}

/** The annotation's text with another state of the channel; the other channels' stay. Fixed key order: equal states are equal strings. */
export function annotationText(object: Annotated, channel: string, { ended, release, problems, claim }: State): string {
  const others = readAnnotation(object);
  return JSON.stringify({ ...others, [channel]: { ended, release, problems, claim } });
}

export function withoutClaim({ claim: _, ...notified }: State): Notified {
  return notified;
}

/** Milliseconds for which another notifier's claim still stands; 0 when `me` may send. A claim of my own name is a former life of mine. */
export function claimedForMs({ claim }: State, me: string, now: number): number {
  if (!claim || claim.by === me) return 0;
  return Math.max(0, Date.parse(claim.until) - now);
}
