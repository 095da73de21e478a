import { notifiedAnnotation } from '../lib/kube/notified.ts';

/**
 * What was told about an object, kept on the object itself in one annotation, so that a notifier without any storage of its own
 * repeats nothing after a restart and finds what it missed.
 *
 * The choice between losing and repeating: at least once. A message is sent first and remembered afterwards, so a crash between
 * the two repeats it; the other order would lose it, and a failed run that nobody hears of is the worse fault. (Slack takes no
 * idempotency key, so exactly once cannot be had.) The claim, written before sending and conditional on the object's
 * resourceVersion, keeps that window small and lets only one of two notifiers speak; the Deployment has one replica and the
 * strategy Recreate, so two at once is a fault (a node cut off from the API server), not the rule.
 */
export type Memory = {
  /** a run: the result that was told */
  ended?: string;
  /** an Application: the release last told as deployed (or found deployed long ago) */
  release?: string;
  /** an Application: what is wrong and was told, until it is well again */
  troubles?: string[];
  claim?: Claim;
};

/** `by` is about to tell, and is taken for dead after `until` (ISO time). */
export type Claim = { by: string; until: string };

/** More different causes than this within one time of trouble are not told: a fault that changes its words must not flood a channel. */
export const TROUBLES = 5;

type Annotated = { metadata?: { annotations?: Record<string, string> } };

/** Reads the annotation; anything that is not ours (edited by hand, cut, of another version) counts as nothing told. */
export function recall(object: Annotated): Memory {
  const text = object.metadata?.annotations?.[notifiedAnnotation];
  if (text === undefined || text.length > 10_000) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const { ended, release, troubles, claim } = value as Record<string, unknown>;
  const memory: Memory = {};
  if (typeof ended === 'string') memory.ended = ended;
  if (typeof release === 'string') memory.release = release;
  if (Array.isArray(troubles)) {
    const known = troubles.filter((trouble) => typeof trouble === 'string').slice(0, TROUBLES);
    if (known.length > 0) memory.troubles = known;
  }
  if (typeof claim === 'object' && claim !== null) {
    const { by, until } = claim as Record<string, unknown>;
    if (typeof by === 'string' && typeof until === 'string' && !Number.isNaN(Date.parse(until)))
      memory.claim = { by, until };
  }
  return memory;
}

/** The annotation's text: fixed key order, so that equal memories are equal strings. */
export function remember({ ended, release, troubles, claim }: Memory): string {
  return JSON.stringify({ ended, release, troubles: troubles?.length ? troubles : undefined, claim });
}

/** Milliseconds for which another notifier's claim still stands; 0 when `me` may speak. A claim of my own name is a former life of mine. */
export function claimedFor(memory: Memory, me: string, now: number): number {
  if (!memory.claim || memory.claim.by === me) return 0;
  return Math.max(0, Date.parse(memory.claim.until) - now);
}

export function withoutClaim(memory: Memory): Memory {
  const { claim: _, ...rest } = memory;
  return rest;
}
