import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeForge } from './forge.fake.ts';
import { openForge } from './forge.ts';

let forge: FakeForge;
beforeEach(async () => {
  forge = await new FakeForge('github').start();
  forge.commit('platform', { 'a/b': 'text' });
});
afterEach(() => forge.stop());

const failure = () =>
  openForge(forge.address, { requestMs: 300 })
    .readFile('platform', 'a/b')
    .then(
      () => undefined,
      (error) => error,
    );

test.each([
  ['seconds', 429, () => ({ 'retry-after': '7' }), 7],
  ['a secondary limit', 403, () => ({ 'retry-after': '7' }), 7],
  ['a date', 429, () => ({ 'retry-after': new Date(Date.now() + 7_500).toUTCString() }), 7],
  ['a date that is over', 429, () => ({ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }), 0],
  ['nothing', 429, () => ({}), 60],
  ['nonsense', 429, () => ({ 'retry-after': 'soon' }), 60],
  ['in words only', 403, () => ({}), 60],
  [
    'a used-up limit',
    403,
    () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 8) }),
    7,
  ],
] as const)('how long the forge asks to wait: %s', async (_name, status, headers, seconds) => {
  forge.trouble = () => ({ status, body: { message: 'You have exceeded a rate limit' }, headers: headers() });
  const fault = await failure();
  expect(fault.kind).toBe('limited');
  expect(fault.waitMs / 1000).toBeGreaterThanOrEqual(seconds - 1);
  expect(fault.waitMs / 1000).toBeLessThanOrEqual(seconds + 1);
});

test.each([
  ['hang', { hang: true }, /no answer within 300 ms/],
  ['reset', { reset: true }, /read a\/b in tickets\/platform: (?!undefined)\w/],
  ['not JSON', { status: 200, body: 'a login page' }, /broke off or is not JSON/],
  ['500', { status: 500 }, /500 planted by the test/],
] as const)('no usable answer is unsure: %s', async (_name, trouble, words) => {
  forge.trouble = () => trouble;
  const fault = await failure();
  expect(fault.kind).toBe('unsure');
  expect(fault.message).toMatch(words);
});

test('nothing listens there', async () => {
  await forge.stop();
  const fault = await failure();
  expect(fault.kind).toBe('unsure');
  expect(fault.message).toMatch(/^http:\/\/127.0.0.1:\d+\/api\/v1: read a\/b in tickets\/platform: .*ECONNREFUSED/);
});

test('what is not there is told from what may not be seen only where that matters', async () => {
  const open = openForge(forge.address);
  expect(await open.readFile('platform', 'a/c')).toBeUndefined();
  expect(await open.commits('platform', 'a/c', 3)).toEqual([]);
  expect(await open.folders('platform', 'nowhere')).toEqual([]);
  expect(await open.hasCommit('platform', 'f'.repeat(40))).toBe(false);
  expect(await open.compare('platform', 'main', 'f'.repeat(40))).toBeUndefined();
  await expect(open.readFile('platform', 'a')).rejects.toThrow(/a in tickets\/platform is not a file/);
  const file = { path: 'x', text: 'x', sha: undefined, message: 'x' };
  await expect(open.writeFile('nowhere', file)).rejects.toThrow(/404 .*check FORGE_OWNER/);
});

describe.each(['github', 'gitea'] as const)('the head of the main branch, as %s says it:', (kind) => {
  let forge: FakeForge;
  beforeEach(async () => {
    forge = await new FakeForge(kind).start();
  });
  afterEach(() => forge.stop());
  const head = (repository: string) => openForge(forge.address).head(repository);

  test('the commit, its message and its author', async () => {
    forge.commit('ticket', { a: '1' });
    const sha = forge.commit('ticket', { a: '2' }, { message: 'Sell more\n\n예매', author: '홍길동 <hong@x.example>' });
    forge.commit('ticket', { a: '3' }, { move: false });
    expect(await head('ticket')).toEqual({ sha, message: 'Sell more\n\n예매', author: '홍길동' });
  });

  test('a repository without one has none, and one that cannot be seen is a fault', async () => {
    forge.create('live');
    expect(await head('live')).toBeUndefined();
    await expect(head('nowhere')).rejects.toThrow(/read tickets\/nowhere: 404 .*check FORGE_OWNER/);
  });

  test('a branch that it was renamed to is another one', async () => {
    forge.trouble = () => ({ status: 200, body: { name: 'trunk', commit: { sha: 'a'.repeat(40) } } });
    expect(await head('ticket')).toBeUndefined();
  });

  test('a reply without a commit is no answer', async () => {
    forge.trouble = () => ({ status: 200, body: { name: 'main', commit: { sha: 'main', id: 7 } } });
    await expect(head('ticket')).rejects.toMatchObject({ kind: 'unsure' });
  });
});

test('a slash at the end of the address does no harm', async () => {
  forge.address.api += '/';
  expect(await openForge(forge.address).readFile('platform', 'a/b')).toMatchObject({ text: 'text' });
});
