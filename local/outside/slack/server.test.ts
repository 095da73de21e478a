import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { faultsOf, readable } from './rules.ts';
import { startSlack } from './server.ts';

const lines: string[] = [];
let slack: Awaited<ReturnType<typeof startSlack>>;
beforeAll(async () => {
  slack = await startSlack({ port: 0, log: (line) => lines.push(line), ratePerSecond: 1000 });
});
afterAll(() => slack.stop());
beforeEach(() => slack.setMode('ok'));

const post = async (body: string, path = '/services/T/B/x', type = 'application/json') => {
  const response = await fetch(`${slack.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
  return `${response.status} ${await response.text()}`;
};
const plain = (text: string) => ({ type: 'plain_text', text });
const markdown = (text: string) => ({ type: 'mrkdwn', text });
const section = (text: unknown) => ({ type: 'section', text });

test('takes what Slack takes, as JSON and as a form', async () => {
  expect(await post('{"text":"hello"}')).toBe('200 ok');
  expect(
    await post(
      `payload=${encodeURIComponent('{"text":"form"}')}`,
      '/services/T/B/x',
      'application/x-www-form-urlencoded',
    ),
  ).toBe('200 ok');
});

test.each([
  ['400 invalid_payload', 'not json'],
  ['400 invalid_payload', '["text"]'],
  ['400 invalid_payload', '{"text":1}'],
  ['400 no_text', '{}'],
  ['400 no_text', '{"text":""}'],
  ['400 invalid_blocks_format', '{"text":"x","blocks":"x"}'],
  ['400 invalid_blocks', '{"text":"x","blocks":[{"type":"shout"}]}'],
  ['400 invalid_payload', JSON.stringify({ text: 'x'.repeat(1024 * 1024) })],
])('%s', async (answer, body) => {
  expect(await post(body)).toBe(answer);
});

test('an address that is no webhook', async () => {
  expect(await post('{"text":"x"}', '/else')).toBe('404 no_service');
});

test('a request line that is no address ends nothing but itself', async () => {
  const status = await new Promise((resolve) =>
    request(slack.url, { path: '//' }, (response) => resolve(response.resume().statusCode)).end(),
  );
  expect(status).toBe(404);
  expect(await post('{"text":"still here"}')).toBe('200 ok');
});

test.each<[unknown[], string | undefined]>([
  [[{ type: 'header', text: plain('h'.repeat(150)) }], undefined],
  [[{ type: 'header', text: plain('h'.repeat(151)) }], 'blocks[0] text must be less than 151 characters'],
  [[{ type: 'header', text: markdown('h') }], 'blocks[0] text type must be plain_text'],
  [[section(markdown('s'.repeat(3000)))], undefined],
  [[section(markdown('s'.repeat(3001)))], 'blocks[0] text must be less than 3001 characters'],
  [[section(markdown(''))], 'blocks[0] text must be more than 0 characters'],
  [[{ type: 'section' }], 'blocks[0] needs text or fields'],
  [[{ type: 'section', fields: Array(10).fill(plain('f')) }], undefined],
  [[{ type: 'section', fields: Array(11).fill(plain('f')) }], 'blocks[0] 11 fields, at most 10'],
  [[{ type: 'section', fields: [plain('f'.repeat(2001))] }], 'blocks[0] fields[0] must be less than 2001 characters'],
  [[{ type: 'context', elements: [] }], 'blocks[0] elements must be a list with something in it'],
  [[{ type: 'divider', colour: 'red' }], 'blocks[0] invalid additional property: colour'],
  [[section({ ...markdown('x'), emoji: true })], 'blocks[0] text emoji is for plain_text'],
  [[{ ...section(plain('x')), block_id: 'b'.repeat(256) }], 'blocks[0] block_id of at most 255 characters'],
  [Array(2).fill({ type: 'divider', block_id: 'same' }), 'blocks[1] block_id given twice'],
  [Array(51).fill({ type: 'divider' }), '51 blocks, at most 50'],
  [Array(5).fill(section(plain('s'.repeat(3000)))), '15000 characters in all blocks'],
])('block rules %#', (blocks, why) => {
  expect(faultsOf({ text: 'x', blocks })?.why).toBe(why);
});

test('more than a short burst is asked to slow down, and the time that the answer names suffices', async () => {
  const paced = await startSlack({ port: 0, log: () => {} });
  const send = async () => {
    const response = await fetch(paced.webhookUrl, {
      method: 'POST',
      body: '{"text":"x"}',
      headers: { 'content-type': 'application/json' },
    });
    return [response.status, response.headers.get('retry-after')];
  };
  const burst = [await send(), await send(), await send(), await send()];
  expect(burst.map(([status]) => status)).toEqual([200, 200, 200, 429]);
  expect(burst[3]?.[1]).toBe('1');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await send()).toEqual([200, null]);
  await paced.stop();
});

test('controls: down, 429 and hang for so many requests, then ok', async () => {
  const control = (body: unknown) => fetch(`${slack.url}/control`, { method: 'POST', body: JSON.stringify(body) });
  await control({ mode: 'down', times: 1 });
  expect([await post('{"text":"x"}'), await post('{"text":"x"}')]).toEqual(['503 service_unavailable', '200 ok']);
  await control({ mode: '429', times: 1, retryAfter: 7 });
  expect(await post('{"text":"x"}')).toBe('429 rate_limited');
  await control({ mode: 'hang', times: 1 });
  const hanging = fetch(slack.webhookUrl, { method: 'POST', body: '{}', signal: AbortSignal.timeout(100) });
  await expect(hanging).rejects.toThrow();
  expect((await control({ mode: 'loud' })).status).toBe(400);
});

test('shows a message as text; keeps it; every line says what it is', async () => {
  await fetch(`${slack.url}/messages`, { method: 'DELETE' });
  const blocks = [
    { type: 'header', text: plain('✅ ticket · dev') },
    { type: 'section', fields: [plain('Author\n홍길동'), markdown('Commit\n<http://forge/1|0123>')] },
    section(plain('a\u001b[31m red\nand <!channel>')),
    { type: 'context', elements: [plain('one'), markdown('&lt;two&gt;')] },
  ];
  expect(await post(JSON.stringify({ text: 'fallback', blocks }))).toBe('200 ok');
  const shown =
    '# ✅ ticket · dev\nAuthor: 홍길동\nCommit: 0123 <http://forge/1>\na[31m red\nand <!channel>\n(one | <two>)';
  const messages = (await (await fetch(`${slack.url}/messages`)).json()) as { shown: string }[];
  expect(messages.map((message) => message.shown)).toEqual([shown]);
  expect(lines.every((line) => line.startsWith('[slack stand-in] '))).toBe(true);
  expect(await (await fetch(slack.url)).text()).toContain('This is a slack stand-in, not Slack.');
});

test('a mention that would ring everybody is shown as that', () => {
  expect(readable({ text: 'look <!channel> and <@U1>' })).toBe(
    'look [MENTION OF EVERYBODY: !channel] and [MENTION: @U1]',
  );
});

test('another machine can write to the channel if it knows the address, and neither read nor change anything', async () => {
  const settings = { port: 0, host: '0.0.0.0', path: '/services/T/B/x', log: () => undefined, ratePerSecond: 1000 };
  const other = await startSlack(settings);
  const ask = (path: string, method: string, localAddress: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(other.url);
      const headers = { 'content-type': 'application/json' };
      request({ host: '127.0.0.1', port, path, method, headers, localAddress }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end(method === 'POST' ? '{"mode":"ok","text":"x"}' : undefined);
    });
  try {
    // Every address of 127.0.0.0/8 is of this machine, and 127.0.0.2 is not the one that is asked.
    expect(await ask('/control', 'POST', '127.0.0.2')).toBe(403);
    expect(await ask('/messages', 'DELETE', '127.0.0.2')).toBe(403);
    for (const path of ['/messages', '/messages?x', '/', '//messages', '/anything'])
      expect([path, await ask(path, 'GET', '127.0.0.2')]).toEqual([path, 403]);
    expect(await ask('/services/T/B/x', 'POST', '127.0.0.2')).toBe(200);
    for (const guess of ['/services/T/B/y', '/services/T/B/x/', '/services/'])
      expect([guess, await ask(guess, 'POST', '127.0.0.2')]).toEqual([guess, 403]);
    expect(other.messages).toHaveLength(1);
    for (const path of ['/messages', '/']) expect(await ask(path, 'GET', '127.0.0.1')).toBe(200);
    expect(await ask('/control', 'POST', '127.0.0.1')).toBe(200);
    expect(await ask('/messages', 'DELETE', '127.0.0.1')).toBe(204);
  } finally {
    await other.stop();
  }
});
