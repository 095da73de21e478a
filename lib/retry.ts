import { setTimeout } from 'node:timers/promises';
import pRetry from 'p-retry';

/**
 * Retry with exponential backoff and jitter, bounded in tries and in time. Only a fault that the caller names as transient is retried.
 *
 * Never wrap a git write in it: after a lost reply nobody knows whether the write arrived. Writers of the forge retry the whole
 * read-decide-write instead, which finds its own commit again (lib/release/release-writer.ts).
 */
export type Backoff = {
  /** Attempts in all, the first one included. */
  tries: number;
  /** No attempt starts later than this after the first, in milliseconds. */
  totalMs: number;
  /** Pause before the second attempt, in milliseconds; it doubles each time, and jitter takes or adds up to half of it. */
  pauseMs: number;
  /** Bound of the doubled pause, in milliseconds. What a server asks for may be longer. */
  maxPauseMs?: number;
};

/** A fault that may pass by itself. `waitMs`: how long the server asks to be left alone. */
export class Transient extends Error {
  waitMs: number;
  constructor(message: string, waitMs = 0) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** Thrown when the tries or the time are used up; `cause` is the last fault. */
export class RetriesExhausted extends Error {
  override name = 'RetriesExhausted';
  tries: number;
  /** How long to wait before another attempt makes sense. */
  waitMs: number;
  constructor(cause: unknown, tries: number, waitMs: number) {
    super(`${(cause as Error).message} (try ${tries})`, { cause });
    this.tries = tries;
    this.waitMs = waitMs;
  }
}

export type Clock = { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void>; random(): number };
const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
  random: Math.random,
};

export type Retry = {
  backoff: Backoff;
  /** The least wait before another attempt, in milliseconds; undefined for a fault that no attempt mends, which is thrown as it is. */
  waitOf?: (error: unknown) => number | undefined;
  /** Called after each transient fault. `last`: no attempt follows, and `waitMs` would be the pause before one. */
  onFault?: (fault: { error: unknown; tries: number; waitMs: number; last: boolean }) => void;
  signal?: AbortSignal | undefined;
  clock?: Clock;
};

const waitOfTransient = (error: unknown) => (error instanceof Transient ? error.waitMs : undefined);

/** Throws RetriesExhausted, a fault that is not transient, or the reason of the aborted signal. */
export async function retry<T>(
  attempt: () => Promise<T>,
  { backoff, waitOf = waitOfTransient, onFault = () => {}, signal, clock = systemClock }: Retry,
): Promise<T> {
  const { tries, totalMs, pauseMs, maxPauseMs = 30_000 } = backoff;
  const end = clock.now() + totalMs;
  try {
    return await pRetry(
      async () => {
        try {
          return await attempt();
        } catch (cause) {
          // p-retry never repeats after a TypeError, and fetch throws those for the network; so the caller's word counts, not the class.
          throw new Error('attempt', { cause });
        }
      },
      {
        retries: tries - 1,
        // p-retry's own pause knows neither Retry-After nor a clock for tests.
        minTimeout: 0,
        signal,
        onFailedAttempt: async ({ error: { cause }, attemptNumber }) => {
          const least = waitOf(cause);
          if (least === undefined) throw cause;
          const own = Math.min(maxPauseMs, pauseMs * 2 ** (attemptNumber - 1)) * (0.5 + clock.random());
          const waitMs = Math.max(least, own);
          const last = attemptNumber >= tries || clock.now() + waitMs >= end;
          onFault({ error: cause, tries: attemptNumber, waitMs, last });
          if (last) throw new RetriesExhausted(cause, attemptNumber, waitMs);
          await clock.sleep(waitMs, signal);
        },
      },
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Whether a server that answers so may answer otherwise later. */
export const isTransientStatus = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Milliseconds from now that a Retry-After header asks for, in seconds or by an HTTP date; undefined where it says neither. */
export function parseRetryAfter(value: string | null | undefined, now = Date.now()): number | undefined {
  if (value == null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Why fetch got no answer, in words. */
export function unansweredBecause(error: unknown, requestMs: number): string {
  const { name, message, cause } = error as Error & { cause?: { message?: string; code?: string } };
  if (name === 'TimeoutError') return `no answer within ${requestMs} ms`;
  // "fetch failed" tells nothing; its cause does. Where several addresses failed, that has a code alone.
  return cause?.message || cause?.code || message;
}
