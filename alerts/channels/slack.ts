import { setTimeout as sleep } from 'node:timers/promises';
import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook';
import type { Log } from '../../lib/log.ts';
import { isTransientStatus, parseRetryAfter, RetriesExhausted, retry, Transient } from '../../lib/retry.ts';
import type { Channel, ChannelKind, Outcome } from './channel.ts';
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

export const slack: ChannelKind = { variable: 'SLACK_WEBHOOK_URL', open: (url, log) => openSlack(url, log) };

/**
 * Slack by incoming webhook. Retries 429 (after the time Slack names), 408, 5xx, network errors and timeouts within `budgetMs`;
 * every other answer is final. The address is a secret: it stands in no outcome, and reasons are made of status and code alone,
 * because undici's own words for an address it cannot parse contain the address.
 */
export function openSlack(url: string, log: Log, times: SlackTimes = defaults): Channel {
  // Of the request under way; one message is sent at a time.
  let retryAfterMs: number | undefined;
  let fault = '';
  const hook = new IncomingWebhook(url, {
    timeout: times.timeoutMs, // the library's default is none
    // The library's error has no headers, and it reads an error's body to the end, however long: read both here.
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      try {
        const response = await fetch(input, init);
        retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
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

  /** One request: sent, or refused with a reason. Throws Transient. */
  async function post(message: ReturnType<typeof format>): Promise<Outcome> {
    retryAfterMs = undefined;
    fault = 'request failed';
    try {
      await hook.send(message);
    } catch (error) {
      if (!(error instanceof IncomingWebhookHTTPError)) throw new Transient(fault);
      const text = error.body.trim();
      const reason = `HTTP ${error.statusCode}${/^[a-z_]{1,60}$/.test(text) ? ` ${text}` : ''}`;
      if (isTransientStatus(error.statusCode))
        throw new Transient(reason, Math.min(retryAfterMs ?? 0, LONGEST_WAIT_MS));
      free = Date.now() + times.paceMs;
      return { outcome: 'refused', reason };
    }
    free = Date.now() + times.paceMs;
    return { outcome: 'sent' };
  }

  return {
    // The last attempt starts within the budget.
    longestSendMs: times.budgetMs + times.timeoutMs,
    async send(event): Promise<Outcome> {
      const message = format(event);
      const paceMs = Math.max(0, free - Date.now());
      if (paceMs > times.budgetMs) return { outcome: 'later', reason: 'rate limited', afterMs: paceMs };
      await sleep(paceMs);
      try {
        return await retry(() => post(message), {
          backoff: {
            tries: Number.POSITIVE_INFINITY,
            totalMs: times.budgetMs - paceMs,
            pauseMs: times.backoffMs,
            maxPauseMs: 32 * times.backoffMs,
          },
          onFault({ error, tries, waitMs }) {
            free = Date.now() + waitMs;
            const { message: reason } = error as Transient;
            log('warn', 'slack took no message', { reason, attempt: tries, waitMs: Math.round(waitMs) });
          },
        });
      } catch (error) {
        if (!(error instanceof RetriesExhausted)) throw error;
        return { outcome: 'later', reason: (error.cause as Transient).message, afterMs: error.waitMs };
      }
    },
  };
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
