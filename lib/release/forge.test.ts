import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exitStatus } from './exit-status.ts';
import { FakeForge } from './forge.fake.ts';
import { forgeAddressOf, forgeFaults, openForge } from './forge.ts';
import { robot } from './releases.ts';

let forge: FakeForge;
beforeEach(async () => {
  forge = await new FakeForge('github').start();
  forge.commit('platform', { 'a/b': 'text' });
});
afterEach(() => forge.stop());

/** A busy machine answers late. */
const failure = (requestMs = 20_000) =>
  openForge(forge.address, { requestMs })
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
  [
    'a limit that is not used up',
    403,
    () => ({ 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 8) }),
    60,
  ],
  ['a used-up limit without an end', 403, () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }), 60],
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
  ['not JSON', { status: 200, body: 'a login page' }, /broke off, is not JSON/],
  ['too long', { status: 200, body: { content: 'x'.repeat(2 ** 24) } }, /has more than 16777216 bytes/],
  ['500', { status: 500 }, /500 planted by the test/],
  ['408', { status: 408 }, /408 planted by the test/],
  ['null', { status: 200, body: null }, /broke off, is not JSON/],
] as const)('no usable answer is unsure: %s', async (_name, trouble, words) => {
  forge.trouble = () => trouble;
  const fault = await failure('hang' in trouble ? 300 : undefined);
  expect(fault.kind).toBe('unsure');
  expect(fault.message).toMatch(words);
});

test('a forge that asks to wait is limited, whatever its words; one that does not let the token in is not', async () => {
  const output = (headers: Record<string, string>) => ({ status: 403, body: { message: 'Forbidden' }, headers });
  forge.trouble = () => output({ 'retry-after': '7' });
  expect(await failure()).toMatchObject({ kind: 'limited', waitMs: 7000, exitStatus: exitStatus.unavailable });
  forge.trouble = () => output({});
  expect(await failure()).toMatchObject({ kind: 'refused', status: 403, exitStatus: exitStatus.refused });
});

test('an error that repeats the token is said without it', async () => {
  forge.trouble = () => ({ status: 400, body: { message: `bad header: token ${forge.address.token}` } });
  expect((await failure()).message).toContain('400 bad header: token ***;');
});

test.each([
  { type: 'symlink', content: 'eA==', sha: 'a' },
  { type: 'file', content: null, sha: 'a' },
  { type: 'file', content: 'eA==' },
])('%j is not a file', async (body) => {
  forge.trouble = () => ({ status: 200, body });
  expect(await failure()).toMatchObject({ kind: 'refused' });
});

const good = { kind: 'gitea', api: 'https://forge.example/api/v1', owner: 'tickets', token: 't' };
test.each([
  { kind: undefined },
  { api: 'forge.example' },
  { api: ['https://forge.example'] },
  { api: 'ftp://forge.example' },
  { api: 'xhttps://forge.example' },
  { api: 'https://user@forge.example' },
  { api: 'https://:password@forge.example' },
  { api: 'https://forge.example/?a=b' },
  { api: 'https://forge.example/#a' },
  { owner: ['tickets'] },
  { owner: 'tickets/other' },
  { owner: '../tickets' },
  { owner: 'x'.repeat(101) },
  { token: ['t'] },
  { token: '' },
  { token: 't\n' },
  { token: ' t' },
  { token: 't'.repeat(4097) },
])('%j is a fault of an address', (change) => {
  expect(forgeFaults({ ...good, ...change })).toHaveLength(1);
});

test('an address as it is given, and a token that came from a file', () => {
  const [FORGE_KIND, FORGE_API] = ['github', 'http://forge.example'];
  const given = { FORGE_KIND, FORGE_API, FORGE_OWNER: 'x'.repeat(100), FORGE_TOKEN: `${'t'.repeat(4096)}\n` };
  const address = forgeAddressOf(given);
  expect(address).toEqual({ kind: 'github', api: FORGE_API, owner: given.FORGE_OWNER, token: 't'.repeat(4096) });
  expect(forgeFaults(address)).toEqual([]);
});

describe.each(['github', 'gitea'] as const)('a file, as %s takes it:', (kind) => {
  let forge: FakeForge;
  beforeEach(async () => {
    forge = await new FakeForge(kind).start();
    forge.commit('platform', { 'a/b': 'text' });
  });
  afterEach(() => forge.stop());
  const file = { path: 'a/c', text: '예매', sha: undefined, message: 'Release' };

  test('is made, read, changed, and in the log as the commit of the robot', async () => {
    const open = openForge(forge.address);
    const made = await open.writeFile('platform', file);
    const read = await open.readFile('platform', 'a/c');
    expect(read?.text).toBe('예매');
    await expect(open.writeFile('platform', file)).rejects.toMatchObject({ kind: 'stale' });
    const changed = await open.writeFile('platform', { ...file, text: 'x', sha: read?.sha as string, message: 'Next' });
    expect(forge.file('platform', 'a/c')).toBe('x');
    expect(await open.commits('platform', 'a/c')).toEqual([
      { sha: changed, message: 'Next', committer: robot.name },
      { sha: made, message: 'Release', committer: robot.name },
    ]);
    expect(await open.commits('platform', 'a/c', 2)).toEqual([]);
    expect(forge.log('platform')[0]?.author).toBe(`${robot.name} <${robot.email}>`);
    forge.commit('platform', { 'a/z/1': '', 'a/d/1': '' });
    expect(await open.folders('platform', 'a')).toEqual(['d', 'z']);
  });

  test('is not known to be written where the reply names no commit', async () => {
    forge.trouble = () => ({ status: 201, body: { content: {} } });
    await expect(openForge(forge.address).writeFile('platform', file)).rejects.toMatchObject({ kind: 'unsure' });
  });

  test('has no commits in an empty repository, and whatever else is said of them is a fault', async () => {
    const { commits } = openForge(forge.address);
    forge.trouble = () => ({ status: 409, body: { message: 'Git Repository is empty.' } });
    expect(await commits('platform', 'a/b')).toEqual([]);
    forge.trouble = () => ({ status: 500 });
    await expect(commits('platform', 'a/b')).rejects.toMatchObject({ kind: 'unsure' });
  });
});

const [here, there] = ['a'.repeat(40), 'b'.repeat(40)];
const wordsOfARace: ['github' | 'gitea', number, string][] = [
  // https://github.com/PyGithub/PyGithub/issues/1815, 1787; jcabi/jcabi-github#665; octokit/octokit.rb#992
  ['github', 409, `releases/dev/ticket/kustomization.yaml does not match ${here}`],
  ['github', 409, `releases/${'e'.repeat(60)}/${'s'.repeat(60)}/kustomization.yaml does not match ${here}`],
  ['github', 409, `is at ${here} but expected ${there}`],
  ['github', 409, `refs/heads/main expected to be at ${here}`],
  ['github', 422, 'Invalid request.\n\n"sha" wasn\'t supplied.'],
  ['github', 422, 'Update is not a fast forward'],
  // services/pull, services/repository/files and modules/git of Gitea 1.26
  ['gitea', 422, `sha does not match [given: ${here}, expected: ${there}]`],
  ['gitea', 422, 'repository file already exists [path: releases/dev/ticket/kustomization.yaml]'],
  ['gitea', 403, 'push is rejected'],
  ['gitea', 403, `cannot lock ref 'refs/heads/main': is at ${here} but expected ${there}`],
  ['gitea', 500, 'PushOutOfDate Error: exit status 1 -  ! [rejected] x -> main (non-fast-forward)'],
];
const wordsOfARule: ['github' | 'gitea', number, string][] = [
  // fluxcd/terraform-provider-flux#573, kevgo/prettifier#28 and #50, yegor256/rultor#1273, googleapis/repo-automation-bots#5551
  ['github', 409, 'Could not update file: Required status check "manifests" is expected.'],
  ['github', 409, 'Could not update file: 4 of 4 required status checks are expected.'],
  ['github', 409, 'Could not create file: At least 1 approving review is required by reviewers with write access.'],
  ['github', 409, 'Repository rule violations found\n\nChanges must be made through a pull request.\n\n'],
  ['github', 422, 'Repository rule violations found\n\nSecret detected in content'],
  ['github', 409, 'GH013: Repository rule violations found for refs/heads/main.'],
  ['github', 409, 'GH006: Protected branch update failed for refs/heads/main. protected branch hook declined'],
  ['github', 422, 'GH007: Your push would publish a private email address.'],
  ['github', 422, 'Reference does not exist'],
  ['github', 409, 'Git Repository is empty.'],
  ['github', 409, 'the name does not match a rule'],
  ['github', 409, 'the branch is expected to be at a reviewed commit'],
  ['gitea', 403, 'Not allowed to push to protected branch main'],
  ['gitea', 403, 'branch main is protected from changing file releases/dev/ticket/kustomization.yaml'],
  ['gitea', 403, 'push is rejected by a hook'],
  ['gitea', 403, 'a push is rejected'],
  ['gitea', 422, 'the sha does not match a rule'],
  ['gitea', 422, 'another repository file already exists'],
  ['gitea', 422, 'path contains a malformed path component [path: x]'],
];
test.each([
  ...wordsOfARace.map((words) => ['stale', ...words] as const),
  ...wordsOfARule.map((words) => ['refused', ...words] as const),
])('a write that is %s, as %s says it: %d %s', async (kind, forgeKind, status, message) => {
  const forge = await new FakeForge(forgeKind).start();
  try {
    forge.commit('platform', { 'a/b': 'text' });
    forge.trouble = () => ({
      status,
      body: { message, ...(forgeKind === 'github' ? { documentation_url: 'https://docs.github.com/rest' } : {}) },
    });
    const file = { path: 'a/b', text: 'x', sha: here, message: 'x' };
    const fault = await openForge(forge.address)
      .writeFile('platform', file)
      .catch((error) => error);
    expect(fault).toMatchObject({ kind, status });
    if (kind === 'refused') expect(fault.message).toContain(message.trim().split('\n')[0]);
  } finally {
    await forge.stop();
  }
});

test('nothing listens there', async () => {
  await forge.stop();
  const fault = await failure();
  expect(fault.kind).toBe('unsure');
  expect(fault.message).toMatch(/^http:\/\/127.0.0.1:\d+\/api\/v1: read a\/b in tickets\/platform: .*ECONNREFUSED/);
});

test('what is not there is distinguished from what may not be seen only where that matters', async () => {
  const open = openForge(forge.address);
  expect(await open.readFile('platform', 'a/c')).toBeUndefined();
  expect(await open.commits('platform', 'a/c')).toEqual([]);
  expect(await open.folders('platform', 'nowhere')).toEqual([]);
  expect(await open.beyond('platform', 'f'.repeat(40))).toBeUndefined();
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

  test.each([301, 302, 307, 308])('what was renamed or moved is another one, and refused: %d', async (status) => {
    const other = await new FakeForge(kind).start();
    const sha = other.commit('ticket', { a: '1' });
    forge.trouble = ({ path }) => ({ status, headers: { location: `${other.address.api}${path}` } });
    try {
      await expect(head('ticket')).rejects.toMatchObject({ kind: 'refused', status });
      await expect(openForge(forge.address).beyond('ticket', sha)).rejects.toThrow(/renamed or moved/);
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test.each([
    { sha: 'main', id: 7 },
    { sha: 'a'.repeat(41), id: `x${'a'.repeat(40)}` },
    { sha: `x${'a'.repeat(40)}`, id: 'a'.repeat(41) },
    { sha: ['a'.repeat(40)], id: ['a'.repeat(40)] },
    undefined,
  ])('a reply without a commit is no answer: %j', async (commit) => {
    forge.trouble = () => ({ status: 200, body: { name: 'main', commit } });
    await expect(head('ticket')).rejects.toMatchObject({ kind: 'unsure' });
  });

  test('a branch that cannot be read is not one that is not there', async () => {
    forge.commit('ticket', { a: '1' });
    forge.trouble = ({ path }) => (path.includes('/branches/') ? { status: 500 } : undefined);
    await expect(head('ticket')).rejects.toMatchObject({ kind: 'unsure' });
  });
});

describe.each(['github', 'gitea'] as const)('what main has beyond a commit, as %s says it:', (kind) => {
  let forge: FakeForge;
  beforeEach(async () => {
    forge = await new FakeForge(kind).start();
  });
  afterEach(() => forge.stop());

  test('all of it, however much', async () => {
    const shas = Array.from({ length: 130 }, (_, n) => forge.commit('ticket', { a: String(n) }));
    const beyond = await openForge(forge.address).beyond('ticket', shas[0] as string);
    expect(beyond?.sort()).toEqual(shas.slice(1).sort());
    expect(await openForge(forge.address).beyond('ticket', shas.at(-1) as string)).toEqual([]);
  });

  test('nothing is said of a commit that is not on main, or of a repository without one', async () => {
    const one = forge.commit('ticket', { a: '1' });
    const two = forge.commit('ticket', { a: '2' }, { move: false });
    const apart = forge.commit('ticket', { a: '3' }, { move: false, parent: '' });
    forge.create('live');
    const { beyond } = openForge(forge.address);
    for (const commit of [two, apart, 'f'.repeat(40)]) expect(await beyond('ticket', commit)).toBeUndefined();
    expect(await beyond('live', one)).toBeUndefined();
  });

  test.each([
    [500, { message: 'out of memory' }, 'unsure'],
    [200, { ahead_by: '1', total_commits: '1', commits: [] }, 'refused'],
    [200, { ahead_by: 0, total_commits: 0, commits: 'none' }, 'refused'],
  ])('a comparison that failed says nothing of what main has: %d %j', async (status, body, fault) => {
    const one = forge.commit('ticket', { a: '1' });
    forge.commit('ticket', { a: '2' });
    forge.trouble = ({ path }) => (path.includes('/compare/') ? { status, body } : undefined);
    await expect(openForge(forge.address).beyond('ticket', one)).rejects.toMatchObject({ kind: fault });
  });

  test('a reply that breaks off is no answer', async () => {
    const one = forge.commit('ticket', { a: '1' });
    forge.commit('ticket', { a: '2' });
    const lacking = { status: 200, body: { ahead_by: 1, total_commits: 1, commits: [] } };
    forge.trouble = ({ path }) => (path.includes(`compare/${one}...`) ? lacking : undefined);
    await expect(openForge(forge.address).beyond('ticket', one)).rejects.toMatchObject({ kind: 'unsure' });
  });
});

test('a slash at the end of the address does no harm', async () => {
  forge.address.api += '/';
  expect(await openForge(forge.address).readFile('platform', 'a/b')).toMatchObject({ text: 'text' });
});
