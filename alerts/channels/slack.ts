import { setTimeout as sleep } from 'node:timers/promises';
import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook';
import type { Channel, ChannelSettings, Outcome } from './index.ts';
import { format } from './slack-message.ts';

export type SlackTimes = {
  /** one request, to the end of its answer */
  timeoutMs: number;
  /** one message with all its attempts */
  budgetMs: number;
  /** between two messages: Slack allows one a second for each webhook */
  paceMs: number;
  /** the first wait after a failure; doubled each time */
  backoffMs: number;
};

const defaults: SlackTimes = { timeoutMs: 10_000, budgetMs: 120_000, paceMs: 1000, backoffMs: 1000 };
/** A Retry-After longer than this is not believed. */
const LONGEST_WAIT_MS = 600_000;

/** Longest time that `send` takes. */
export const longestSendMs = (times: SlackTimes = defaults) => times.budgetMs + times.timeoutMs;

/**
 * Slack by incoming webhook. Retries 429 (after the time Slack names), 408, 5xx, network errors and timeouts within `budgetMs`;
 * every other answer is final. The address is a secret: it stands in no outcome, and reasons are made of status and code alone,
 * because undici's own words for an address it cannot parse contain the address.
 */
export function slack({ url, log }: ChannelSettings, times: SlackTimes = defaults): Channel {
  // Of the request under way; one message is sent at a time.
  let retryAfterMs: number | undefined;
  let fault = '';
  const hook = new IncomingWebhook(url, {
    timeout: times.timeoutMs, // the library's default is none
    // The library's error has no headers, and it reads an error's body to the end, however long: read both here.
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      try {
        const response = await fetch(input, init);
        retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now());
        return new Response(await head(response.body, 2000), {
          status: response.status,
          statusText: response.statusText,
        });
      } catch (error) {
        fault = codeOf(error);
        throw error;
      }
    },
  });
  let free = 0; // when Slack takes the next message

  return {
    async send(event): Promise<Outcome> {
      const message = format(event);
      const deadline = Date.now() + times.budgetMs;
      for (let attempt = 0; ; attempt += 1) {
        if (free > deadline) return { outcome: 'later', reason: 'rate limited', afterMs: free - Date.now() };
        if (free > Date.now()) await sleep(free - Date.now());
        retryAfterMs = undefined;
        fault = 'request failed';
        let reason: string;
        try {
          await hook.send(message);
          free = Date.now() + times.paceMs;
          return { outcome: 'sent' };
        } catch (error) {
          if (error instanceof IncomingWebhookHTTPError) {
            reason =
              `HTTP ${error.statusCode} ${/^[a-z_]{1,60}$/.test(error.body.trim()) ? error.body.trim() : ''}`.trim();
            if (error.statusCode < 500 && error.statusCode !== 429 && error.statusCode !== 408) {
              free = Date.now() + times.paceMs;
              return { outcome: 'refused', reason };
            }
          } else {
            reason = fault;
          }
        }
        const backoff = times.backoffMs * 2 ** Math.min(attempt, 5) * (0.75 + Math.random() / 2);
        free = Date.now() + Math.max(retryAfterMs ?? 0, backoff);
        log('warn', 'slack took no message', { reason, attempt: attempt + 1, waitMs: Math.round(free - Date.now()) });
        if (free > deadline) return { outcome: 'later', reason, afterMs: free - Date.now() };
      }
    },
  };
}

/** Seconds or an HTTP date, as milliseconds from now. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

/** The system's code (ECONNREFUSED) or the error's name (TimeoutError). */
function codeOf(error: unknown): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  return String(cause?.code ?? name ?? 'request failed');
}

/** The first bytes of a body; the rest is not read. */
async function head(body: ReadableStream<Uint8Array> | null, bytes: number): Promise<string | null> {
  if (!body) return null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) break; // ends the iteration, which cancels the stream
  }
  return Buffer.concat(chunks).toString('utf8', 0, bytes);
}
