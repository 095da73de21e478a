import { afterEach, expect, test } from '@jest/globals';
import type { Outcome } from '../alerts/channels/channel.ts';
import { format } from '../alerts/channels/slack-message.ts';
import type { Event } from '../alerts/event.ts';
import type { OpenChannel } from '../alerts/webhooks.ts';
import { alertsEvent, startAlerts } from './alerts.ts';

type Alert = {
  status: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  fingerprint: string;
};
const alert = (pod: string, status = 'firing'): Alert => ({
  status,
  labels: { alertname: 'PodRestarted', severity: 'ticket', subject: 'pods', region: 'seoul', namespace: 'dev', pod },
  annotations: {
    summary: 'A container ended',
    value: '1',
    limit: '> 0',
    unit: 'count',
    runbook: 'kubectl describe pod',
  },
  startsAt: '2026-11-30T10:00:00.123Z',
  fingerprint: pod,
});
const group = (...alerts: Alert[]) => ({
  version: '4',
  groupKey: '{}:{alertname="PodRestarted"}',
  truncatedAlerts: 0,
  alerts,
});

const running: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

/** A ConfigMap, which may not be readable. */
const memory = () => {
  const kept: { text?: string; isAway?: boolean; writes: number } = { writes: 0 };
  return {
    kept,
    read: async () => {
      if (kept.isAway) throw new Error('the API server is away');
      return kept.text;
    },
    write: async (text: string) => {
      Object.assign(kept, { text, writes: kept.writes + 1 });
    },
  };
};

async function receiver(...outcomes: Outcome[]) {
  return receiverWith(memory(), outcomes);
}
async function receiverWith(kept: ReturnType<typeof memory>, outcomes: Outcome[] = [], others: OpenChannel[] = []) {
  const sent: Event[] = [];
  const lines: string[] = [];
  let clock = Date.parse('2026-11-30T10:01:00Z');
  const channel = {
    name: 'slack',
    longestSendMs: 1000,
    send: async (event: Event) => {
      sent.push(event);
      return outcomes.shift() ?? ({ outcome: 'sent' } as const);
    },
  };
  const other: Event[] = [];
  const second = {
    ...channel,
    name: 'teams',
    async send(event: Event): Promise<Outcome> {
      other.push(event);
      return { outcome: 'sent' };
    },
  };
  const log = (level: string, message: string, fields = {}) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const server = await startAlerts({
    channels: [channel, second, ...others],
    log,
    port: 0,
    memory: kept,
    now: () => clock,
  });
  running.push(server);
  const url = `http://127.0.0.1:${server.port}/alerts`;
  const post = async (body: unknown, path = url, method = 'POST') =>
    (
      await fetch(path, {
        method,
        ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
      })
    ).status;
  return { sent, other, lines, post, url, later: (ms: number) => (clock += ms) };
}
const results = (events: Event[]) => events.map((event) => (event as { result: string }).result);

test('a group is one message, with what it is about, and another when it ends', async () => {
  const { sent, post } = await receiver();
  expect(await post(group(alert('ticket-1'), alert('ticket-2')))).toBe(200);
  expect(await post(group(alert('ticket-1', 'resolved'), alert('ticket-2')))).toBe(200);
  expect(await post(group(alert('ticket-1', 'resolved'), alert('ticket-2', 'resolved')))).toBe(200);
  expect(results(sent)).toEqual(['firing', 'firing', 'resolved']);
  expect(sent[0]).toMatchObject({
    alert: 'PodRestarted',
    region: 'seoul',
    firing: [{ about: 'namespace: dev, pod: ticket-1', value: '1' }, { about: 'namespace: dev, pod: ticket-2' }],
  });
});

test('the same state is one message, though Alertmanager posts it again: its answer was lost, or its memory', async () => {
  const { sent, post, later } = await receiver();
  for (let times = 0; times < 3; times += 1) expect(await post(group(alert('ticket-1')))).toBe(200);
  later(10 * 3600_000);
  expect(await post(group(alert('ticket-1')))).toBe(200);
  expect(sent).toHaveLength(1);
  // It reminds after half a day.
  later(2 * 3600_000);
  expect(await post(group(alert('ticket-1')))).toBe(200);
  expect(sent).toHaveLength(2);
  // Fired, ended, and fired again.
  await post(group(alert('ticket-1', 'resolved')));
  await post(group({ ...alert('ticket-1'), startsAt: '2026-11-30T23:00:00Z' }));
  expect(results(sent)).toEqual(['firing', 'firing', 'resolved', 'firing']);
});

const over = (pod: string) => group(alert(pod, 'resolved'));

test('an end is notified once, though Alertmanager posts it again because its answer was lost, or because another channel took none', async () => {
  let away = true;
  const other = {
    name: 'other',
    longestSendMs: 1000,
    send: async (): Promise<Outcome> =>
      away ? { outcome: 'later', reason: 'HTTP 500', afterMs: 1 } : { outcome: 'sent' },
  };
  const { sent, post, later } = await receiverWith(memory(), [], [other]);
  await post(group(alert('ticket-1')));
  expect(await post(over('ticket-1'))).toBe(503);
  away = false;
  for (let times = 0; times < 3; times += 1) {
    later(4 * 3600_000);
    expect(await post(over('ticket-1'))).toBe(200);
  }
  expect(results(sent)).toEqual(['firing', 'resolved']);
});

test('an alert that fires again has its end notified again, also where Prometheus gives it the time of before', async () => {
  const { sent, post } = await receiver();
  for (let times = 0; times < 2; times += 1) for (const body of [group(alert('a')), over('a')]) await post(body);
  expect(results(sent)).toEqual(['firing', 'resolved', 'firing', 'resolved']);
});

test('an alert that fires since another time is another one, though nobody heard of the end between', async () => {
  const { sent, post } = await receiver();
  await post(group(alert('a')));
  await post(group({ ...alert('a'), startsAt: '2026-11-30T10:30:00Z' }));
  expect(results(sent)).toEqual(['firing', 'firing']);
});

test('a group of which one ended, and that comes again without it, is no news', async () => {
  const { sent, post } = await receiver();
  await post(group(alert('a'), alert('b')));
  await post(group(alert('a', 'resolved'), alert('b')));
  await post(group(alert('b')));
  expect(results(sent)).toEqual(['firing', 'firing']);
});

test('a notifier that restarts sends nothing again', async () => {
  const kept = memory();
  const before = await receiverWith(kept);
  await before.post(group(alert('a')));
  await before.post(group({ ...alert('b'), labels: { ...alert('b').labels, alertname: 'Other' } }));
  await before.post(over('a'));
  const after = await receiverWith(kept);
  for (const body of [over('a'), group(alert('b')), over('b'), over('b')]) expect(await after.post(body)).toBe(200);
  expect(results(after.sent)).toEqual(['resolved']);
});

test('a memory that is away, or of somebody else, keeps no alert back, and is not overwritten before it was read', async () => {
  const kept = memory();
  Object.assign(kept.kept, { text: '{"slack":"edited"}', isAway: true });
  const { sent, post } = await receiverWith(kept);
  for (let times = 0; times < 2; times += 1) expect(await post(group(alert('a')))).toBe(200);
  expect([sent.length, kept.kept.writes]).toEqual([1, 0]);
  kept.kept.isAway = false;
  expect(await post(over('a'))).toBe(200);
  expect([sent.length, kept.kept.writes]).toEqual([2, 1]);
  expect(Object.keys(JSON.parse(kept.kept.text as string).slack)).toEqual(['a']);
});

test('what is kept forgets what nobody repeats', async () => {
  const kept = memory();
  const { post, later } = await receiverWith(kept);
  await post(group(alert('old')));
  later(25 * 3600_000);
  await post(group(alert('new')));
  expect(Object.keys(JSON.parse(kept.kept.text as string).slack)).toEqual(['new']);
});

test('a channel that takes nothing now is tried again by Alertmanager, and one that refuses is not', async () => {
  const { sent, other, lines, post } = await receiver(
    { outcome: 'later', reason: 'HTTP 500', afterMs: 1 },
    { outcome: 'refused', reason: 'HTTP 400' },
  );
  expect(await post(group(alert('ticket-1')))).toBe(503);
  expect(await post(group(alert('ticket-1')))).toBe(200);
  expect(await post(group(alert('ticket-1')))).toBe(200);
  expect(sent).toHaveLength(2);
  // Each channel is notified once, whatever the other one does.
  expect(other).toHaveLength(1);
  expect(lines).toEqual([
    'info notified {"channel":"teams","about":"PodRestarted","event":"firing"}',
    'error message refused and dropped {"channel":"slack","about":"PodRestarted","reason":"HTTP 400"}',
  ]);
});

test('an alert with the least in it is one that asks for no page, about the cluster', () => {
  const at = new Date('2026-11-30T10:02:00Z');
  const bare = { ...alert('a'), labels: { severity: 'other', region: '', subject: 'x', pod: '' }, annotations: {} };
  expect(alertsEvent(group(bare) as never, at)).toEqual({
    kind: 'alerts',
    result: 'firing',
    alert: 'alert',
    severity: 'ticket',
    region: '',
    summary: '',
    limit: '',
    runbook: '',
    firing: [{ about: 'the cluster', value: '', since: new Date(bare.startsAt) }],
    resolved: [],
    more: 0,
    at,
  });
  const { limit, resolved } = alertsEvent(group(alert('a', 'resolved')) as never, at);
  expect([limit, resolved.map(({ about }) => about)]).toEqual(['> 0 count', ['namespace: dev, pod: a']]);
});

test('what comes while a message is under way is posted again, and is one message in the end', async () => {
  const { sent, post } = await receiver();
  const other = { ...group(alert('other')), groupKey: '{}:{alertname="Other"}' };
  const statuses = await Promise.all([post(group(alert('ticket-1'))), post(other), post(group(alert('ticket-1')))]);
  expect(statuses).toContain(200);
  for (const body of [group(alert('ticket-1')), other]) expect(await post(body)).toBe(200);
  expect(sent).toHaveLength(2);
});

test('whatever else is sent is refused, and no message', async () => {
  const { sent, post, url } = await receiver();
  expect(await post('{', url)).toBe(400);
  expect(await post({ version: '4', alerts: [] })).toBe(400);
  expect(await post(group({ ...alert('a'), status: 'else' }))).toBe(400);
  expect(await post(`"${'x'.repeat(1024 * 1024)}"`)).toBe(413);
  expect(await post({}, url.replace('/alerts', '/else'))).toBe(404);
  expect(await post(undefined, url, 'GET')).toBe(405);
  expect(sent).toEqual([]);
});

test('Slack interprets nothing of what labels say, and many alerts fit into one message', () => {
  const many = Array.from({ length: 50 }, (_, index) => alert(`<!channel> pod-${index} ${'x'.repeat(300)}`));
  const event = alertsEvent({ ...group(...many), truncatedAlerts: 7 } as never, new Date('2026-11-30T10:02:00Z'));
  const message = format(event);
  expect(message.text).not.toContain('<!channel>');
  expect(message.text).toContain('⚠️ PodRestarted · seoul · ticket');
  const text = JSON.stringify(message.blocks);
  expect(text).toContain('and 45 more');
  expect(text).toContain('To do: kubectl describe pod');
  expect(text.length).toBeLessThan(12_000);
  expect(message.blocks.every((block) => !('fields' in block) && !JSON.stringify(block).includes('mrkdwn'))).toBe(true);
});

test('a title says whether it begins or is over', () => {
  const page = { ...alert('a'), labels: { alertname: 'DeploymentDown', severity: 'page', region: 'tokyo' } };
  expect(format(alertsEvent(group(page) as never, new Date())).text).toContain('🚨 DeploymentDown · tokyo · page');
  expect(format(alertsEvent(group({ ...page, status: 'resolved' }) as never, new Date())).text).toContain(
    '💚 DeploymentDown · tokyo · resolved',
  );
});
