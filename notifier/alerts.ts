/** What Alertmanager posts, as events: docs/monitoring.md. Nobody else reaches the port; a NetworkPolicy sees to that. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import type { AlertsChanged } from '../alerts/event.ts';
import type { OpenChannel } from '../alerts/webhooks.ts';
import type { Log } from '../lib/log.ts';
import { type Memory, notifiedAlerts } from './notified-alerts.ts';

const texts = v.record(v.string(), v.string());
const posted = v.object({
  truncatedAlerts: v.optional(v.number(), 0),
  alerts: v.pipe(
    v.array(
      v.object({
        status: v.picklist(['firing', 'resolved']),
        labels: texts,
        annotations: texts,
        startsAt: v.pipe(v.string(), v.isoTimestamp()),
        fingerprint: v.string(),
      }),
    ),
    v.minLength(1),
  ),
});
type Posted = v.InferOutput<typeof posted>;

/** Of all alerts of one rule the same; what differs is in the other labels. */
const common = ['alertname', 'severity', 'subject', 'region'];

const about = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .filter(([name, value]) => !common.includes(name) && value !== '')
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ') || 'the cluster';

export function alertsEvent({ alerts, truncatedAlerts }: Posted, now: Date): AlertsChanged {
  const [{ labels, annotations }] = alerts as [Posted['alerts'][number]];
  const of = (status: string) =>
    alerts
      .filter((alert) => alert.status === status)
      .map((alert) => ({
        about: about(alert.labels),
        value: alert.annotations.value ?? '',
        since: new Date(alert.startsAt),
      }));
  const firing = of('firing');
  return {
    kind: 'alerts',
    result: firing.length > 0 ? 'firing' : 'resolved',
    alert: labels.alertname ?? 'alert',
    severity: labels.severity === 'page' ? 'page' : 'ticket',
    region: labels.region ?? '',
    summary: annotations.summary ?? '',
    limit: [annotations.limit, annotations.unit].filter(Boolean).join(' '),
    runbook: annotations.runbook ?? '',
    firing,
    resolved: of('resolved'),
    more: truncatedAlerts,
    at: now,
  };
}

const longestBody = 1024 * 1024;

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > longestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function read(body: string): Posted | undefined {
  try {
    const { success, output } = v.safeParse(posted, JSON.parse(body));
    return success ? output : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes `POST /alerts`. 200: every channel has the message, or refused it for good. 503: one took none, and Alertmanager posts again; the others do not get
 * it twice. One message at a time: what comes meanwhile is posted again, and does not pile up here.
 */
export async function startAlerts(settings: {
  channels: readonly OpenChannel[];
  log: Log;
  port: number;
  memory: Memory;
  now?: () => number;
}) {
  const { channels, log, port, memory, now = Date.now } = settings;
  const notified = notifiedAlerts(memory, log, now);
  let busy = false;

  async function take(group: Posted): Promise<boolean> {
    await notified.read();
    const event = alertsEvent(group, new Date(now()));
    const outcomes = await Promise.all(
      channels.map(async (channel) => {
        if (notified.has(channel.name, group.alerts)) return true;
        const outcome = await channel.send(event);
        if (outcome.outcome === 'later') return false;
        if (outcome.outcome === 'refused')
          log('error', 'message refused and dropped', {
            channel: channel.name,
            about: event.alert,
            reason: outcome.reason,
          });
        else log('info', 'notified', { channel: channel.name, about: event.alert, event: event.result });
        notified.add(channel.name, group.alerts);
        return true;
      }),
    );
    await notified.write();
    return outcomes.every(Boolean);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const end = (status: number, words: string) =>
      response
        .writeHead(status, { 'content-type': 'text/plain', ...(status >= 400 ? { connection: 'close' } : {}) })
        .end(`${words}\n`);
    if (request.url !== '/alerts') return void end(404, 'only /alerts is here');
    if (request.method !== 'POST') return void end(405, 'POST what Alertmanager sends');
    const body = await bodyOf(request);
    if (body === undefined) return void end(413, `more than ${longestBody} bytes`);
    const group = read(body);
    if (!group) return void end(400, 'this is no message of Alertmanager (version 4)');
    if (busy) return void end(503, 'another message is under way: post it again');
    busy = true;
    try {
      if (await take(group)) end(200, 'ok');
      else end(503, 'a channel takes no messages now: post it again');
    } finally {
      busy = false;
    }
  }

  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
    },
  };
}
