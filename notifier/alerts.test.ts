import { afterEach, expect, test } from '@jest/globals';
import type { Outcome } from '../alerts/channels/channel.ts';
import { format } from '../alerts/channels/slack-message.ts';
import type { Event } from '../alerts/event.ts';
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

async function receiver(...outcomes: Outcome[]) {
  const sent: Event[] = [];
  const lines: string[] = [];
  let held: Promise<void> | undefined;
  const hold = () => {
    let release = () => {};
    held = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  };
  let clock = Date.parse('2026-11-30T10:01:00Z');
  const channel = {
    name: 'slack',
    longestSendMs: 1000,
    send: async (event: Event) => {
      sent.push(event);
      await held;
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
  const server = await startAlerts({ channels: [channel, second], log, port: 0, now: () => clock });
  running.push(server);
  const url = `http://127.0.0.1:${server.port}/alerts`;
  const post = async (body: unknown, path = url, method = 'POST') =>
    (
      await fetch(path, {
        method,
        ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
      })
    ).status;
  return { sent, other, lines, hold, post, url, later: (ms: number) => (clock += ms) };
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

test('a channel that takes nothing now is tried again by Alertmanager, and one that refuses is not', async () => {
  const { sent, other, lines, post } = await receiver(
    { outcome: 'later', reason: 'HTTP 500', afterMs: 1 },
    { outcome: 'refused', reason: 'HTTP 400' },
  );
  expect(await post(group(alert('ticket-1')))).toBe(503);
  expect(await post(group(alert('ticket-1')))).toBe(200);
  expect(await post(group(alert('ticket-1')))).toBe(200);
  expect(sent).toHaveLength(2);
  // Each channel is told once, whatever the other one does.
  expect(other).toHaveLength(1);
  expect(lines).toEqual([
    'info notified {"channel":"teams","about":"PodRestarted","event":"firing"}',
    'error message refused and dropped {"channel":"slack","about":"PodRestarted","reason":"HTTP 400"}',
  ]);
});

test('an end that one channel took is not told it again because another one did not', async () => {
  const { sent, other, post } = await receiver({ outcome: 'sent' }, { outcome: 'later', reason: 'x', afterMs: 1 });
  expect(await post(group(alert('a'), alert('b')))).toBe(200);
  // Alertmanager orders its alerts as it likes.
  expect(await post(group(alert('b'), alert('a')))).toBe(200);
  const over = group(alert('a', 'resolved'), alert('b', 'resolved'));
  expect(await post(over)).toBe(503);
  for (let times = 0; times < 2; times += 1) expect(await post(over)).toBe(200);
  expect([results(sent), results(other)]).toEqual([
    ['firing', 'resolved', 'resolved'],
    ['firing', 'resolved'],
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

test('one message at a time', async () => {
  const { sent, post, hold } = await receiver();
  const release = hold();
  const first = post(group(alert('a')));
  while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await post({ ...group(alert('b')), groupKey: 'b' })).toBe(503);
  release();
  expect(await first).toBe(200);
  expect(await post({ ...group(alert('b')), groupKey: 'b' })).toBe(200);
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

test('who is woken and who is told that it is over sees it at once', () => {
  const page = { ...alert('a'), labels: { alertname: 'DeploymentDown', severity: 'page', region: 'tokyo' } };
  expect(format(alertsEvent(group(page) as never, new Date())).text).toContain('🚨 DeploymentDown · tokyo · page');
  expect(format(alertsEvent(group({ ...page, status: 'resolved' }) as never, new Date())).text).toContain(
    '💚 DeploymentDown · tokyo · resolved',
  );
});
