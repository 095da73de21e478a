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

/** A transient fault. `waitMs`: how long the server asks to wait. */
export class Transient extends Error {
  waitMs: number;
  constructor(message: string, waitMs = 0) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** Thrown after the last attempt or the deadline; `cause` is the last fault. */
export class RetriesExhausted extends Error {
  override name = 'RetriesExhausted';
  tries: number;
  /** Milliseconds to wait before another attempt. */
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
  /** The minimum wait before another attempt, in milliseconds; undefined for a permanent fault, which is rethrown. */
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
          // p-retry never retries a TypeError, which fetch throws for network errors; so the caller decides, not the class.
          throw new Error('attempt', { cause });
        }
      },
      {
        retries: tries - 1,
        // p-retry's own pause supports neither Retry-After nor a clock for tests.
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

/** Whether an HTTP status is transient. */
export const isTransientStatus = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Milliseconds of a Retry-After header, in seconds or as an HTTP date; undefined without either. */
export function parseRetryAfter(value: string | null | undefined, now = Date.now()): number | undefined {
  if (value == null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Why fetch got no reply. */
export function unansweredBecause(error: unknown, requestMs: number): string {
  const { name, message, cause } = error as Error & { cause?: { message?: string; code?: string } };
  if (name === 'TimeoutError') return `no answer within ${requestMs} ms`;
  // "fetch failed" says nothing; its cause does. If several addresses failed, the cause has only a code.
  return cause?.message || cause?.code || message;
}
