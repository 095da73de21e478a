import { afterEach, describe, expect, test } from '@jest/globals';
import { exitStatusOf, UserError } from '../errors.ts';
import { FakeForge } from './forge.fake.ts';
import { ForgeFault, type ForgeKind, forgeFaults, openForge } from './forge.ts';
import {
  type Change,
  commitMessage,
  type Limits,
  promote,
  ReleaseNotWritten,
  wasReleased,
  writeRelease,
} from './release-writer.ts';
import { formatRelease, parseRelease, type Release, ReleaseFault, releasePath, waitingRelease } from './releases.ts';

const quick: Limits = { tries: 10, totalMs: 5_000, pauseMs: 2 };
const path = releasePath('dev', 'ticket');
const promotesFrom = { prod: 'dev', dr: 'prod' };
let forge: FakeForge;
afterEach(() => forge?.stop());

const digestOf = (hex: string) => `sha256:${hex.repeat(64)}`;

function releaseOf(commit: string, hex = 'a', service = 'ticket'): Release {
  return {
    service,
    digest: digestOf(hex),
    commit,
    subject: 'Issue tickets twice as fast',
    author: '김하늘',
    run: `${service}-main-${commit.slice(0, 12)}`,
  };
}

const changeOf = (release: Release, more: Partial<Change> = {}): Change => ({
  platform: 'platform',
  environment: 'dev',
  release,
  run: release.run,
  onlyNewerIn: release.service,
  ...more,
});

describe.each<ForgeKind>(['github', 'gitea'])('on a fake %s', (kind) => {
  /** A platform where dev waits for ticket, and a ticket repository with three commits. */
  async function start(): Promise<string[]> {
    forge = await new FakeForge(kind).start();
    forge.commit('platform', { [path]: waitingRelease('ticket'), 'README.md': 'hand-written' });
    return ['one', 'two', 'three'].map((text) => forge.commit('ticket', { 'main.go': text }));
  }
  const open = (requestMs = 3_000) => openForge(forge.address, { requestMs });
  const write = (change: Change, limits = quick) => writeRelease(open(), change, limits);
  const present = () => parseRelease(forge.file('platform', path) as string, 'ticket') as Release;
  const releases = () => forge.log('platform', path).length - 1;

  test('a commit was released when the history says so, also when another release is there', async () => {
    const [one, two, three] = (await start()) as [string, string, string];
    const was = (commit: string, environment = 'dev') =>
      wasReleased(open(), { platform: 'platform', environment, service: 'ticket', commit });
    expect(await was(one)).toBe(false);
    // What a push says stands behind a word of ours.
    await write(changeOf({ ...releaseOf(one), subject: `x\nCommit: ${three}`, author: `Commit: ${three}` }));
    await write(changeOf(releaseOf(two, 'b')));
    expect([await was(one), await was(two), await was(three), await was(one, 'prod')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('the first release replaces the waiting file by one commit of the robot that touches nothing else', async () => {
    const [one] = (await start()) as [string];
    const result = await write(changeOf(releaseOf(one)));
    const [commit] = forge.log('platform');
    expect(result).toEqual({ outcome: 'released', commit: commit?.sha, before: undefined });
    expect(forge.file('platform', path)).toBe(formatRelease(releaseOf(one)));
    expect(forge.file('platform', 'README.md')).toBe('hand-written');
    expect(commit?.author).toBe('platform-robot <platform-robot@tickets.example>');
    expect(commit?.message.split('\n')).toEqual([
      `Release ticket ${one.slice(0, 12)} to dev`,
      '',
      `Commit: ${one}`,
      'Subject: Issue tickets twice as fast',
      'Author: 김하늘',
      `Digest: ${digestOf('a')}`,
      `Run: ticket-main-${one.slice(0, 12)}`,
      '',
    ]);
  });

  test('a file that does not exist yet is created', async () => {
    const [one] = (await start()) as [string];
    const result = await write(changeOf(releaseOf(one), { environment: 'dr' }));
    expect(result.outcome).toBe('released');
    expect(forge.file('platform', releasePath('dr', 'ticket'))).toBe(formatRelease(releaseOf(one)));
  });

  test('a newer commit is released over an older one; the older, slower run comes too late', async () => {
    const [one, two, three] = (await start()) as [string, string, string];
    expect((await write(changeOf(releaseOf(one)))).outcome).toBe('released');
    const newer = await write(changeOf(releaseOf(three, 'c')));
    expect(newer).toMatchObject({ outcome: 'released', before: { commit: one } });
    expect(await write(changeOf(releaseOf(two, 'b')))).toMatchObject({ outcome: 'superseded', commit: newer.commit });
    expect(present().commit).toBe(three);
    expect(releases()).toBe(2);
  });

  test('G7: the same release by another run is unchanged, by the same run it is its own', async () => {
    const [one] = (await start()) as [string];
    const first = await write(changeOf(releaseOf(one)));
    expect(await write(changeOf(releaseOf(one)))).toMatchObject({ outcome: 'released', commit: first.commit });
    const again = changeOf({ ...releaseOf(one), run: 'ticket-main-again' });
    expect(await write(again)).toMatchObject({ outcome: 'unchanged', commit: first.commit });
    expect(releases()).toBe(1);
  });

  test('a newer commit with the same image is released: the file names the commit', async () => {
    const [one, two] = (await start()) as [string, string];
    await write(changeOf(releaseOf(one)));
    expect((await write(changeOf(releaseOf(two)))).outcome).toBe('released');
    expect(present().commit).toBe(two);
  });

  test('a promotion that is repeated after another one writes nothing', async () => {
    const [one, two] = (await start()) as [string, string];
    const { onlyNewerIn: _, ...first } = changeOf(releaseOf(one), { run: 'promote-1', by: 'Kim' });
    const written = await write(first);
    await write({ ...first, release: releaseOf(two, 'b'), run: 'promote-2' });
    expect(await write(first)).toMatchObject({ outcome: 'released', commit: written.commit });
    expect(present().commit).toBe(two);
  });

  test('a forge that fails for good after a lost write ends as one that is out of reach', async () => {
    const [one] = (await start()) as [string];
    let gone = false;
    forge.trouble = (request) => {
      gone ||= request.write;
      return gone ? { status: 502 } : undefined;
    };
    const failure = await write(changeOf(releaseOf(one)), { ...quick, tries: 2 }).catch((error) => error);
    expect(failure).toBeInstanceOf(ReleaseNotWritten);
    expect(exitStatusOf(failure)).toBe(5);
  });

  test('a rebuild of the same commit with another digest goes ahead', async () => {
    const [one] = (await start()) as [string];
    await write(changeOf(releaseOf(one)));
    expect((await write(changeOf({ ...releaseOf(one, 'b'), run: 'rebuild' }))).outcome).toBe('released');
    expect(present().digest).toBe(digestOf('b'));
  });

  /** What a run says whose commit main does not have. */
  const notOnMain = (commit: string) =>
    new RegExp(`^commit: given ${commit} of ticket, allowed one that the branch main of ticket has now; `);

  test('a commit that main does not have is not released, also as the first one', async () => {
    const [one, two, three] = (await start()) as [string, string, string];
    const branch = forge.commit('ticket', { 'main.go': 'a branch' }, { move: false });
    for (const commit of [branch, 'f'.repeat(40)])
      await expect(write(changeOf(releaseOf(commit)))).rejects.toThrow(notOnMain(commit));
    forge.forcePush('ticket', one);
    for (const commit of [two, three]) {
      const failure = await write(changeOf(releaseOf(commit))).catch((error) => error);
      expect(failure.message).toMatch(notOnMain(commit));
      expect(exitStatusOf(failure)).toBe(3);
    }
    expect(forge.writes()).toHaveLength(0);
    expect((await write(changeOf(releaseOf(one)))).outcome).toBe('released');
  });

  test('main is asked at every try: a commit that it loses between two of them is not released', async () => {
    const [one, two] = (await start()) as [string, string];
    forge.forcePush('ticket', two);
    forge.trouble = (request) => {
      if (!request.write) return undefined;
      forge.forcePush('ticket', one);
      return { status: 503 };
    };
    await expect(write(changeOf(releaseOf(two, 'b')))).rejects.toThrow(notOnMain(two));
    expect(forge.writes()).toHaveLength(1);
  });

  test('a forge that does not say what main has releases nothing', async () => {
    const [one] = (await start()) as [string];
    forge.trouble = ({ path }) => (path.startsWith('/repos/tickets/ticket') ? { status: 500 } : undefined);
    const failure = await write(changeOf(releaseOf(one)), { ...quick, tries: 3 }).catch((error) => error);
    expect(exitStatusOf(failure)).toBe(5);
    expect(forge.writes()).toHaveLength(0);
  });

  test('after a forced push the new history goes ahead, and a late run of the old one does not come back', async () => {
    const [one, two, three] = (await start()) as [string, string, string];
    await write(changeOf(releaseOf(two, 'b')));
    const fresh = forge.commit('ticket', { 'main.go': 'rewritten' }, { parent: one });
    expect((await write(changeOf(releaseOf(fresh, 'd')))).outcome).toBe('released');
    await expect(write(changeOf(releaseOf(three, 'c')))).rejects.toThrow(notOnMain(three));
    expect(present().commit).toBe(fresh);
  });

  test('a present commit that a forced push made disappear does not stop releases', async () => {
    const [one, two] = (await start()) as [string, string];
    await write(changeOf(releaseOf(two, 'b')));
    const fresh = forge.commit('ticket', { 'main.go': 'rewritten' }, { parent: one });
    forge.forget(two);
    expect((await write(changeOf(releaseOf(fresh, 'd')))).outcome).toBe('released');
  });

  test('a history with another root goes ahead, and a late run of the old one does not come back', async () => {
    const [one, two] = (await start()) as [string, string];
    await write(changeOf(releaseOf(one)));
    const root = forge.commit('ticket', { 'main.go': 'another root' }, { parent: '' });
    expect((await write(changeOf(releaseOf(root, 'd')))).outcome).toBe('released');
    await expect(write(changeOf(releaseOf(two, 'b')))).rejects.toThrow(notOnMain(two));
    expect(present().commit).toBe(root);
  });

  test('main forced back to an older commit: that is released again, also by a run of the same name', async () => {
    const [one, two, three] = (await start()) as [string, string, string];
    await write(changeOf(releaseOf(one)));
    await write(changeOf(releaseOf(three, 'c')));
    forge.forcePush('ticket', one);
    expect((await write(changeOf(releaseOf(one)))).outcome).toBe('released');
    expect(present().commit).toBe(one);
    expect(releases()).toBe(3);
    expect((await write(changeOf(releaseOf(one)))).outcome).toBe('released');
    expect(releases()).toBe(3);
    // And forward again.
    forge.forcePush('ticket', three);
    expect((await write(changeOf(releaseOf(two, 'b')))).outcome).toBe('released');
    expect((await write(changeOf(releaseOf(three, 'c')))).outcome).toBe('released');
    expect(present().commit).toBe(three);
    expect(releases()).toBe(5);
  });

  test.each([
    ['a revert', 'Revert "Release ticket"\n\nThis reverts commit 0.'],
    ['a cherry-pick', ''],
  ])(
    'G31: a rollback by %s is undone by no older run and no other run of what it rolled back',
    async (_name, message) => {
      const commits = await start();
      const [one, two, three] = commits as [string, string, string];
      await write(changeOf(releaseOf(one)));
      const repeated = forge.log('platform')[0]?.message as string;
      await write(changeOf(releaseOf(three, 'c')));
      // As git does it: the file as it was, by a person, and after a cherry-pick with the message of the robot.
      forge.commit(
        'platform',
        { [path]: formatRelease(releaseOf(one)) },
        { message: message || repeated, author: message ? 'Kim' : 'platform-robot', committer: 'Kim' },
      );
      for (const change of [
        changeOf(releaseOf(two, 'b')),
        changeOf({ ...releaseOf(three, 'd'), run: 'again' }),
        changeOf({ ...releaseOf(three, 'c'), run: 'once-more' }),
      ])
        expect((await write(change)).outcome).toBe('superseded');
      expect(present().commit).toBe(one);
      // What is newer than all of them ends the rollback.
      const four = forge.commit('ticket', { 'main.go': 'four' });
      expect((await write(changeOf(releaseOf(four, 'e')))).outcome).toBe('released');
    },
  );

  test('G31: a rollback holds, however many releases by people came after the newer one', async () => {
    const [one, two, three] = (await start()) as [string, string, string];
    await write(changeOf(releaseOf(three, 'c')));
    for (let n = 0; n < 120; n++) {
      const text = formatRelease({ ...releaseOf(one), subject: `Tried ${n}` });
      forge.commit('platform', { [path]: text }, { message: `Try ${n}` });
    }
    expect((await write(changeOf(releaseOf(two, 'b')))).outcome).toBe('superseded');
  });

  test.each([
    ['that began at one of its commits', undefined, 'released'],
    // One question could not name them all, and there is an end to questions: the release of main that is found counts.
    ['with nothing in common', '', 'superseded'],
  ])('a thousand releases that main lost are decided with few requests: a line %s', async (_name, root, outcome) => {
    const [one, two, three] = (await start()) as [string, string, string];
    await write(changeOf(releaseOf(three, 'c')));
    forge.forcePush('ticket', one);
    await write(changeOf(releaseOf(one)));
    let parent = root ?? one;
    for (let n = 0; n < 1_000; n++) {
      parent = forge.commit('ticket', { 'main.go': `lost ${n}` }, { parent });
      const of = releaseOf(parent);
      // The last of these files alone is read, and writing a thousand of them takes seconds.
      const text = n === 999 ? formatRelease(of) : `release ${n}`;
      const message = commitMessage(changeOf(of));
      forge.commit('platform', { [path]: text }, { message, committer: 'platform-robot' });
    }
    forge.forcePush('ticket', three);
    forge.requests = [];
    expect((await write(changeOf(releaseOf(two, 'b')))).outcome).toBe(outcome);
    // 20 pages of the history of releases, and on GitHub 20 of what main lost.
    expect(forge.requests.length).toBeLessThan(70);
    expect((await write(changeOf(releaseOf(three, 'd')))).outcome).toBe('released');
    expect(present().commit).toBe(three);
  });

  test('G31: a person puts an older release back at any time: promotion asks for no order', async () => {
    const [one, , three] = (await start()) as [string, string, string];
    await write(changeOf(releaseOf(three, 'c')));
    const { onlyNewerIn: _, ...byHand } = changeOf(releaseOf(one), { run: 'promote-1', by: 'Kim' });
    expect((await write(byHand)).outcome).toBe('released');
    expect(present().commit).toBe(one);
  });

  test('writers of many services at once: one commit each, all changes present', async () => {
    await start();
    forge.writeMs = 5;
    const services = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `service-${letter}`);
    const changes = services.map((service) => {
      forge.commit('platform', { [releasePath('dev', service)]: waitingRelease(service) });
      return changeOf(releaseOf(forge.commit(service, { x: service }), 'a', service));
    });
    const before = forge.log('platform').length;
    const results = await Promise.all(changes.map((change) => write(change, { ...quick, tries: 40, pauseMs: 5 })));
    expect(results.map((result) => result.outcome)).toEqual(services.map(() => 'released'));
    expect(new Set(results.map((result) => result.commit)).size).toBe(services.length);
    expect(forge.log('platform')).toHaveLength(before + services.length);
    for (const change of changes)
      expect(forge.file('platform', releasePath('dev', change.release.service))).toBe(formatRelease(change.release));
  });

  test.each([
    ['older first', [0, 1, 2]],
    ['newer first', [2, 1, 0]],
  ])('runs of one service at once: the newest commit stays, %s', async (_name, order) => {
    const commits = await start();
    forge.writeMs = 5;
    const changes = order.map((n) => changeOf(releaseOf(commits[n] as string, 'abc'[n])));
    const results = await Promise.all(changes.map((change) => write(change)));
    expect(present().commit).toBe(commits[2]);
    expect(results[order.indexOf(2)]?.outcome).toBe('released');
    const released = results.filter((result) => result.outcome === 'released').length;
    expect(releases()).toBe(released);
  });

  test('a stale sha: the whole decision is retried, not only the write', async () => {
    const [one, two, three] = (await start()) as [string, string, string];
    await write(changeOf(releaseOf(one)));
    // Between the read and the write of the run for `two`, the run for `three` gets in.
    let once = true;
    forge.trouble = (request) => {
      if (request.write && once) {
        once = false;
        forge.commit('platform', { [path]: formatRelease(releaseOf(three, 'c')) });
      }
      return undefined;
    };
    expect((await write(changeOf(releaseOf(two, 'b')))).outcome).toBe('superseded');
    expect(present().commit).toBe(three);
  });

  test.each([
    ['the reply is lost', { reset: true, done: true }],
    ['the reply never comes', { hang: true, done: true }],
    ['the reply is a 502', { status: 502, done: true }],
    ['the reply is a 500', { status: 500, done: true }],
    ['the reply is empty', { status: 200, body: '', done: true }],
    ['the reply names no commit', { status: 200, body: {}, done: true }],
  ] as const)('a write that was accepted is found and not repeated: %s', async (_name, trouble) => {
    const [one] = (await start()) as [string];
    forge.trouble = (request, nth) => (request.write && nth === 1 ? trouble : undefined);
    const result = await writeRelease(open(100), changeOf(releaseOf(one)), quick);
    expect(result).toMatchObject({ outcome: 'released', commit: forge.log('platform')[0]?.sha });
    expect(forge.writes()).toHaveLength(1);
    expect(releases()).toBe(1);
  });

  test('an accepted write without a reply, over which another run wrote at once, is still its own', async () => {
    const [one, two] = (await start()) as [string, string];
    forge.trouble = (request, nth) => (request.write && nth === 1 ? { reset: true, done: true } : undefined);
    const slow = writeRelease(open(), changeOf(releaseOf(one)), { ...quick, pauseMs: 200 });
    while (forge.writes().length === 0 || releases() === 0) await new Promise((done) => setTimeout(done, 5));
    await write(changeOf(releaseOf(two, 'b')));
    expect((await slow).outcome).toBe('released');
    expect(present().commit).toBe(two);
    expect(releases()).toBe(2);
  });

  test.each([
    ['reset', { reset: true }],
    ['hang', { hang: true }],
    ['500', { status: 500 }],
    ['503 with retry-after', { status: 503, headers: { 'retry-after': '0' } }],
  ] as const)('a write that did not arrive is made again: %s', async (_name, trouble) => {
    const [one] = (await start()) as [string];
    forge.trouble = (request, nth) => (request.write && nth <= 2 ? trouble : undefined);
    expect((await writeRelease(open(100), changeOf(releaseOf(one)), quick)).outcome).toBe('released');
    expect(forge.writes()).toHaveLength(3);
    expect(releases()).toBe(1);
  });

  test('reads that fail for a while are retried', async () => {
    const [one] = (await start()) as [string];
    forge.trouble = (request, nth) => (!request.write && nth <= 5 ? { status: 502 } : undefined);
    expect((await write(changeOf(releaseOf(one)))).outcome).toBe('released');
  });

  test('waits as long as the forge asks', async () => {
    const [one] = (await start()) as [string];
    forge.trouble = (request, nth) =>
      request.write && nth === 1 ? { status: 429, headers: { 'retry-after': '1' } } : undefined;
    const started = Date.now();
    expect((await write(changeOf(releaseOf(one)))).outcome).toBe('released');
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_000);
    expect(forge.writes()).toHaveLength(2);
  });

  test('does not wait longer than it has time', async () => {
    const [one] = (await start()) as [string];
    forge.trouble = (request) => (request.write ? { status: 429, headers: { 'retry-after': '3600' } } : undefined);
    const failure = await write(changeOf(releaseOf(one))).catch((error) => error);
    expect(failure).toBeInstanceOf(ReleaseNotWritten);
    expect(failure.message).toMatch(/asks to wait 3600 s/);
    expect(exitStatusOf(failure)).toBe(5);
  });

  test('a forge that hangs for good is given up within the limits', async () => {
    const [one] = (await start()) as [string];
    forge.trouble = () => ({ hang: true });
    const failure = await writeRelease(open(50), changeOf(releaseOf(one)), { ...quick, tries: 3 }).catch((e) => e);
    expect(failure.message).toMatch(/no answer within 50 ms \(try 3 of 3/);
    expect(exitStatusOf(failure)).toBe(5);
  });

  test('when the last try was written without a reply, it still counts', async () => {
    const [one] = (await start()) as [string];
    forge.trouble = (request) => (request.write ? { reset: true, done: true } : undefined);
    const result = await write(changeOf(releaseOf(one)), { ...quick, tries: 1 });
    expect(result).toMatchObject({ outcome: 'released', commit: forge.log('platform')[0]?.sha });
  });

  const overtaken = {
    github: { status: 409, body: { message: `${path} does not match ${'a'.repeat(40)}` } },
    gitea: { status: 422, body: { message: `sha does not match [given: ${'a'.repeat(40)}, expected: x]` } },
  }[kind];

  test('G8: conflicts without end, a failing forge and one that asks to wait end with a status of their own, and nothing is written', async () => {
    const [one] = (await start()) as [string];
    const [before, head] = [forge.file('platform', path), forge.log('platform')[0]?.sha];
    for (const [trouble, status, words] of [
      [overtaken, 4, /others keep writing this file: run again$/],
      [{ status: 502 }, 5, /502 .*\(try 3 of 3.*run again when the forge replies/],
      [{ status: 429, headers: { 'retry-after': '60' } }, 5, /asks to wait 60 s/],
    ] as const) {
      forge.trouble = (request) => (request.write ? trouble : undefined);
      const failure = await write(changeOf(releaseOf(one)), { ...quick, tries: 3 }).catch((error) => error);
      expect(failure).toBeInstanceOf(ReleaseNotWritten);
      expect(exitStatusOf(failure)).toBe(status);
      expect(failure.message).toMatch(words);
    }
    expect(forge.writes()).toHaveLength(3 + 3 + 1);
    expect([forge.file('platform', path), forge.log('platform')[0]?.sha]).toEqual([before, head]);
  });

  test('a rule of the forge is no conflict: it is refused at once, in its words', async () => {
    const [one] = (await start()) as [string];
    const message = 'Could not update file: Required status check "check" is expected.';
    forge.trouble = (request) => (request.write ? { status: 409, body: { message } } : undefined);
    const failure = await write(changeOf(releaseOf(one))).catch((error) => error);
    expect(exitStatusOf(failure)).toBe(3);
    expect(failure.message).toContain(message);
    expect(forge.writes()).toHaveLength(1);
  });

  test.each([
    [401, /does not know the token/],
    [403, /may not do this/],
    [404, /check FORGE_OWNER/],
    [423, /archived or locked/],
  ])('what a person has to correct is not retried: %d', async (status, words) => {
    const [one] = (await start()) as [string];
    const { token } = forge.address;
    forge.trouble = (request) =>
      request.write ? { status, body: { message: `no access for ${token}\n at x.js:1` } } : undefined;
    const failure = await write(changeOf(releaseOf(one))).catch((error) => error);
    expect(failure).toBeInstanceOf(ForgeFault);
    expect(exitStatusOf(failure)).toBe(3);
    expect(failure.message).toMatch(words);
    expect(failure.message).not.toContain(token);
    expect(failure.message).not.toContain('\n');
    expect(forge.writes()).toHaveLength(1);
  });

  test('a wrong token is refused in words that do not hold it', async () => {
    const [one] = (await start()) as [string];
    const wrong = openForge({ ...forge.address, token: 'wrong-token' }, { requestMs: 500 });
    const failure = await writeRelease(wrong, changeOf(releaseOf(one)), quick).catch((error) => error);
    expect(failure.message).toMatch(/401 .*does not know the token/);
    expect(JSON.stringify(failure) + failure.stack).not.toContain('wrong-token');
  });

  test.each([
    ['is damaged', () => '<<<<<<< HEAD\n'],
    ["has somebody else's patch", (text: string) => `${text}  - target: { kind: Deployment }\n    patch: "x: y"\n`],
    ['has a comment', (text: string) => `# keep\n${text}`],
  ])('a file that %s is not written over', async (_name, change) => {
    const [one] = (await start()) as [string];
    forge.commit('platform', { [path]: change(formatRelease(releaseOf(one, 'f'))) });
    const failure = await write(changeOf(releaseOf(one))).catch((error) => error);
    expect(failure).toBeInstanceOf(ReleaseFault);
    expect(exitStatusOf(failure)).toBe(6);
    expect(forge.writes()).toHaveLength(0);
  });

  test('hostile texts forge neither a trailer nor a title', async () => {
    const [one] = (await start()) as [string];
    const hostile = `x"\n\nRun: other\r\nDigest: ${digestOf('f')}\u2028Release ticket to prod <!channel> $(id) '; id #`;
    const release = { ...releaseOf(one), subject: hostile, author: hostile };
    await write(changeOf(release));
    const message = forge.log('platform')[0]?.message ?? '';
    expect(message.trimEnd().split('\n')).toHaveLength(7);
    expect(message.match(/^Run: /gm)).toHaveLength(1);
    expect(message).not.toMatch(/[^\n\P{Cc}]|\u2028/u);
    // Another run with the digest of the forged trailer does not take this commit for its own.
    const other = { ...releaseOf(one, 'f'), run: 'other' };
    expect((await write(changeOf(other))).outcome).toBe('released');
    expect(releases()).toBe(2);
  });

  test('what a commit of a service says closes no issue of the platform repository and mentions nobody', async () => {
    const [one] = (await start()) as [string];
    const release = { ...releaseOf(one), subject: 'Sell more, closes #1 for @kim', author: '@tickets/owners' };
    await write(changeOf(release));
    const message = forge.log('platform')[0]?.message ?? '';
    expect(message).toContain('\nSubject: Sell more, closes # 1 for @ kim\nAuthor: @ tickets/owners\n');
    expect(message).not.toMatch(/[#@]\w/);
    // The release itself, which people and Slack read, has it as it was said.
    expect(present()).toMatchObject({ subject: release.subject, author: release.author });
  });

  test('promotion writes what dev runs, once, whatever ran there', async () => {
    const [one, two] = (await start()) as [string, string];
    const prod = releasePath('prod', 'ticket');
    forge.commit('platform', {
      [prod]: waitingRelease('ticket'),
      'releases/dr/live/kustomization.yaml': 'x',
      'rendered/prod/ticket/kustomization.yaml': 'images: [{ name: ticket, newName: registry.example/ticket }]\n',
    });
    let there = true;
    const asked: string[][] = [];
    const has = async (image: string, { digest, commit }: Release) => {
      asked.push([image, digest, commit]);
      return there;
    };
    const ask = { platform: 'platform', promotesFrom, service: 'ticket', environment: 'prod', by: 'Kim\nRun: x', has };
    let count = 0;
    const go = () => promote(open(), { ...ask, run: `promote-${++count}` }, quick);
    await expect(go()).rejects.toThrow(/dev has no release of ticket yet/);

    await write(changeOf(releaseOf(two, 'b')));
    there = false;
    await expect(go()).rejects.toThrow(/registry.example\/ticket@sha256:b+: not in the registry of prod \(yet\)/);
    expect(forge.log('platform', prod)).toHaveLength(1);
    there = true;
    expect(await go()).toMatchObject({ outcome: 'released', before: undefined, release: { commit: two } });
    expect(asked.at(-1)).toEqual(['registry.example/ticket', digestOf('b'), two]);
    expect(forge.file('platform', prod)).toBe(forge.file('platform', path));
    expect(forge.log('platform')[0]?.message).toMatch(/^Release ticket \w{12} to prod\n.*\nPromoted-by: Kim Run: x\n/s);
    expect((await go()).outcome).toBe('unchanged');

    // dev was put back to an older release: promoting that is a person's decision.
    forge.commit('platform', { [path]: formatRelease(releaseOf(one)) });
    expect(await go()).toMatchObject({ outcome: 'released', before: { commit: two }, release: { commit: one } });
    expect(forge.log('platform', prod)).toHaveLength(3);
  });

  test('promotion names what is allowed', async () => {
    await start();
    forge.commit('platform', { 'releases/prod/ticket/x': '', 'releases/dr/ticket/x': '', 'releases/dev/live/x': '' });
    const has = async () => true;
    const ask = {
      platform: 'platform',
      promotesFrom,
      service: '../ticket',
      environment: 'dev',
      by: 'Kim',
      run: 'promote-1',
      has,
    };
    const failure = await promote(open(), ask, quick).catch((error) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(exitStatusOf(failure)).toBe(2);
    expect(failure.message).toBe(
      'service: given "../ticket", allowed live, ticket; environment: given "dev", allowed prod, dr',
    );
  });
});

test('every fault of a change is named at once, before anything is asked of the forge', async () => {
  forge = await new FakeForge('github').start();
  const change = changeOf({ ...releaseOf('HEAD'), digest: 'latest' }, { environment: '../prod', platform: 'a/b' });
  const failure = await writeRelease(openForge(forge.address), change, quick).catch((error) => error);
  expect(failure.message).toMatch(
    /environment: given "\.\.\/prod".*digest: given "latest".*commit: given "HEAD".*platform: given "a\/b"/,
  );
  expect(forge.requests).toHaveLength(0);
});

test('every fault of an address is named at once, without the token', () => {
  const faults = forgeFaults({ kind: 'gitlab', api: 'https://u:pw@x', owner: '-x', token: 'a secret' });
  expect(faults.map((fault) => fault.split(':')[0])).toEqual(['FORGE_KIND', 'FORGE_API', 'FORGE_OWNER', 'FORGE_TOKEN']);
  expect(faults.join()).not.toMatch(/a secret|pw/);
  expect(
    forgeFaults({ kind: 'gitea', api: 'http://forge.internal:3000/api/v1', owner: 'tickets', token: 't' }),
  ).toEqual([]);
});
