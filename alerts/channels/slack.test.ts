import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { startSlack } from '../../local/outside/slack/server.ts';
import type { Event } from '../event.ts';
import { keepsTheContract } from './contract.testing.ts';
import { openSlack, slack } from './slack.ts';

let standIn: Awaited<ReturnType<typeof startSlack>>;
let closed = '';
const lines: string[] = [];
const log = (level: string, message: string, fields = {}) =>
  void lines.push(JSON.stringify({ level, message, ...fields }));
const times = { timeoutMs: 10_000, budgetMs: 30_000, paceMs: 0, backoffMs: 20 };

keepsTheContract({
  async start() {
    const gone = await startSlack({ port: 0, log: () => {} });
    closed = gone.webhookUrl;
    await gone.stop();
    standIn = await startSlack({ port: 0, log: () => {}, ratePerSecond: 1000 });
    return { answer: standIn.setMode, taken: () => standIn.messages.length, stop: standIn.stop };
  },
  channel(where, { requestMs, messageMs }) {
    const url = {
      right: standIn.webhookUrl,
      wrong: standIn.webhookUrl.replace('/services/', '/no-services/'),
      'nobody listens': closed,
    }[where];
    return openSlack(url, log, { ...times, timeoutMs: requestMs, budgetMs: messageMs });
  },
  logged: () => lines.join('\n'),
  secret: 'stand-in-no-secret',
});

const event: Event = {
  kind: 'application',
  result: 'recovered',
  service: 'ticket',
  environment: 'dev',
  at: new Date(),
  subject: 'argocd/ticket-dev',
  links: [],
};

test('keeps to the pace by itself, so that Slack never has to say 429', async () => {
  const paced = await startSlack({ port: 0, log: (line) => lines.push(line), ratePerSecond: 20 });
  const before = lines.length;
  const channel = openSlack(paced.webhookUrl, log, { ...times, paceMs: 50 });
  for (let index = 0; index < 8; index += 1) expect(await channel.send(event)).toEqual({ outcome: 'sent' });
  await paced.stop();
  expect(lines.slice(before).filter((line) => line.includes('429'))).toEqual([]);
});

test('an error answer without end is not read to its end', async () => {
  let written = 0;
  const endless = createServer((_, response) => {
    response.writeHead(400);
    const chunk = 'x'.repeat(64 * 1024);
    const more = () => {
      if (response.destroyed) return;
      written += chunk.length;
      if (response.write(chunk)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
  const { port } = endless.address() as AddressInfo;
  const outcome = await openSlack(`http://127.0.0.1:${port}/services/x`, log, times).send(event);
  expect(outcome).toEqual({ outcome: 'refused', reason: 'HTTP 400' });
  expect(written).toBeLessThan(64 * 1024 * 1024);
  await new Promise<void>((resolve) => {
    endless.close(() => resolve());
    endless.closeAllConnections();
  });
});

test('a redirect is not followed: the message would go to whoever stands there', async () => {
  const redirecting = createServer(
    (_, response) => void response.writeHead(302, { location: standIn.webhookUrl }).end(),
  );
  await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
  const { port } = redirecting.address() as AddressInfo;
  const outcome = await openSlack(`http://127.0.0.1:${port}/services/x`, log, { ...times, budgetMs: 100 }).send(event);
  expect(outcome).toMatchObject({ outcome: 'later' });
  await new Promise<void>((resolve) => {
    redirecting.close(() => resolve());
    redirecting.closeAllConnections();
  });
});

test('G17: a Retry-After beyond ten minutes is not believed', async () => {
  standIn.setMode('429', { times: 1, retryAfter: 999_999 });
  const channel = openSlack(standIn.webhookUrl, log, times);
  const outcome = await channel.send(event);
  expect(outcome).toEqual({ outcome: 'later', reason: expect.stringMatching(/^HTTP 429/), afterMs: 600_000 });
  standIn.setMode('ok');
  // Until then nothing is sent.
  expect(await channel.send(event)).toMatchObject({ outcome: 'later', reason: 'rate limited' });
});

test.each([
  ['invalid_token\n', 'HTTP 403 invalid_token'],
  ['no_service', 'HTTP 403 no_service'],
  // Whatever else is said may repeat the address.
  ['No /services/T/B/secret here', 'HTTP 403'],
  [`invalid_token ${'x'.repeat(100)}`, 'HTTP 403'],
  ['x'.repeat(61), 'HTTP 403'],
  ['', 'HTTP 403'],
])('of a refusal only a word of Slack is repeated: %j', async (body, reason) => {
  const refusing = createServer((_, response) => void response.writeHead(403).end(body));
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const { port } = refusing.address() as AddressInfo;
  const outcome = await openSlack(`http://127.0.0.1:${port}/services/x`, log, times).send(event);
  expect(outcome).toEqual({ outcome: 'refused', reason });
  await new Promise<void>((resolve) => {
    refusing.close(() => resolve());
    refusing.closeAllConnections();
  });
});

test('a message takes no longer than it says: another notifier waits so long for it', () => {
  expect(openSlack(standIn.webhookUrl, log, { ...times, budgetMs: 100, timeoutMs: 7 }).longestSendMs).toBe(107);
  expect(slack.open(standIn.webhookUrl, log).longestSendMs).toBe(130_000);
});
