import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeForge } from './forge.fake.ts';
import { openForge } from './forge.ts';
import {
  type Change,
  changeFaults,
  commitMessage,
  isPipelines,
  type Limits,
  lastReleases,
  promote,
  wasReleased,
  writeRelease,
} from './release-writer.ts';
import { formatRelease, type Release, ReleaseFault, releasePath, waitingRelease } from './releases.ts';

const quick: Limits = { tries: 3, totalMs: 5_000, pauseMs: 2 };
const sha = (digit: string) => digit.repeat(40);
const digestOf = (hex: string) => `sha256:${hex.repeat(64)}`;
const releaseOf = (commit: string, hex = 'a'): Release => ({
  ...{ service: 'ticket', digest: digestOf(hex), commit, subject: 'Sell more', author: 'Kim' },
  run: `ticket-main-${commit.slice(0, 12)}`,
});
const changeOf = (more: Partial<Change> = {}, release = releaseOf(sha('1'))): Change => ({
  ...{ platform: 'platform', environment: 'dev', release, run: release.run },
  ...more,
});

describe('of a change', () => {
  test.each<[string, Partial<Change>]>([
    ['names of one letter', { environment: 'd', platform: 'P', run: 'r' }],
    ['names as long as may be', { environment: 'd'.repeat(63), platform: 'p'.repeat(100), run: 'r'.repeat(253) }],
    ['every sign that may be', { environment: 'd-1', platform: 'a-b_c.D', run: '1-a.b' }],
  ])('%s are no fault', (_, more) => {
    expect(changeFaults(changeOf(more))).toEqual([]);
  });

  test.each<[keyof Change, string[]]>([
    ['environment', ['', 'Dev', '1dev', 'dev-', 'dev/..', '../dev', 'd'.repeat(64), 'dev\n']],
    ['platform', ['', '.', '-p', 'a/b', 'p'.repeat(101), 'p\n']],
    ['run', ['', 'R', '-r', 'r-', 'r\nDigest: x', 'x r', 'r'.repeat(254)]],
  ])('a wrong %s is its only fault', (field, wrong) => {
    for (const value of wrong)
      expect(changeFaults(changeOf({ [field]: value }))).toEqual([
        expect.stringMatching(new RegExp(`^${field}: given `)),
      ]);
  });

  test('the run of a release is told once', () => {
    const faults = changeFaults(changeOf({}, { ...releaseOf(sha('1')), run: 'a b' }));
    expect(faults).toEqual([expect.stringMatching(/^run: given "a b", allowed the name of a Kubernetes object/)]);
  });

  test('the message of a promotion says who promoted what, and ends no line with a blank', () => {
    const release = { ...releaseOf(sha('1')), subject: '' };
    expect(commitMessage(changeOf({ environment: 'prod', run: 'promote-1', by: 'Lee' }, release))).toBe(
      [
        'Release ticket 111111111111 to prod',
        '',
        `Commit: ${sha('1')}`,
        'Subject:',
        'Author: Kim',
        'Promoted-by: Lee',
        'Built-by: ticket-main-111111111111',
        `Digest: ${digestOf('a')}`,
        'Run: promote-1',
        '',
      ].join('\n'),
    );
  });
});

describe('on a forge', () => {
  const path = releasePath('dev', 'ticket');
  const place = { platform: 'platform', environment: 'dev', service: 'ticket' };
  let forge: FakeForge;
  beforeEach(async () => {
    forge = await new FakeForge('github').start();
    forge.commit('platform', { [path]: waitingRelease('ticket') });
  });
  afterEach(() => forge.stop());
  const open = () => openForge(forge.address, { requestMs: 3_000 });
  /** As the robot commits it, or a person with a message of theirs. */
  const released = (digit: string, message?: string) =>
    forge.commit(
      'platform',
      { [path]: formatRelease(releaseOf(sha(digit))) },
      message === undefined
        ? { message: commitMessage(changeOf({}, releaseOf(sha(digit)))), committer: 'platform-robot' }
        : { message, committer: 'Kim' },
    );
  const last = (count: number) => lastReleases(open(), place, count);

  test('the last releases are those of the history, as many as asked for, and the present one', async () => {
    expect(await last(3)).toEqual({ present: undefined, commits: [] });
    for (const digit of '12345') released(digit);
    expect(await last(3)).toEqual({ present: releaseOf(sha('5')), commits: ['5', '4', '3'].map(sha) });
    // A person brings back one from before, without a word of the robot's.
    released('1', 'Roll back');
    expect(await last(2)).toEqual({ present: releaseOf(sha('1')), commits: ['5', '4', '1'].map(sha) });
    // The same one twice counts once.
    released('5');
    expect((await last(2)).commits).toEqual(['5', '4'].map(sha));
  });

  test('a service without a release file has no last releases, and that is a fault', async () => {
    const failure = await lastReleases(open(), { ...place, environment: 'prod' }, 3).catch((error) => error);
    expect(failure).toBeInstanceOf(ReleaseFault);
    expect(failure.message).toBe(
      'releases/prod/ticket/kustomization.yaml: given no such file in platform, allowed a release file; render it',
    );
  });

  test("a release is the pipeline's if the robot committed it last", async () => {
    expect(await isPipelines(open(), { ...place, environment: 'prod' })).toBe(false);
    released('1');
    expect(await isPipelines(open(), place)).toBe(true);
    released('2', 'Roll back');
    expect(await isPipelines(open(), place)).toBe(false);
  });

  test('only a whole line names the commit that was released', async () => {
    released('1', `See Commit: ${sha('1')}`);
    released('2', `Commit: ${sha('2')}ab`);
    released('3', `Roll back\n\nCommit: ${sha('3')}`);
    const was = async (digit: string) => wasReleased(open(), { ...place, commit: sha(digit) });
    expect([await was('1'), await was('2'), await was('3')]).toEqual([false, false, true]);
  });

  test('a run that is repeated for another commit with the same image releases that commit', async () => {
    const [one, two] = ['one', 'two'].map((text) => forge.commit('ticket', { 'main.go': text })) as [string, string];
    const write = (commit: string) =>
      writeRelease(
        open(),
        changeOf({ run: 'again', onlyNewerIn: 'ticket' }, { ...releaseOf(commit), run: 'again' }),
        quick,
      );
    await write(one);
    expect((await write(two)).outcome).toBe('released');
    expect(forge.file('platform', path)).toContain(two);
  });

  test('each try that is repeated is logged, and the last one is the fault', async () => {
    forge.trouble = () => ({ status: 502, body: {} });
    const lines: string[] = [];
    const failure = await writeRelease(open(), changeOf(), quick, (line) => lines.push(line)).catch((error) => error);
    expect(lines).toEqual([
      expect.stringMatching(/: 502 .*: try 2 of 3 in 0\.0 s$/),
      expect.stringMatching(/: 502 .*: try 3 of 3 in 0\.0 s$/),
    ]);
    expect(failure.message).toMatch(/ \(try 3 of 3, 5 s in all\); run again when the forge replies; a write/);
  });

  describe('a promotion', () => {
    const has = async () => true;
    const go = (environment = 'prod') =>
      promote(
        open(),
        { ...place, environment, promotesFrom: { prod: 'dev', dr: 'prod' }, by: 'Kim', run: 'promote-1', has },
        quick,
      );
    const rendered = (text: string) => {
      released('1');
      forge.commit('platform', { 'rendered/prod/ticket/kustomization.yaml': text });
    };

    test('says what has to be released before it', async () => {
      await expect(go()).rejects.toThrow('dev has no release of ticket yet; push to the main branch of ticket');
      await expect(go('dr')).rejects.toThrow('prod has no release of ticket yet; scripts/promote ticket prod first');
    });

    test('from a platform without services says so', async () => {
      forge.forcePush('platform', forge.commit('platform', { x: 'x' }, { parent: '' }));
      await expect(go()).rejects.toThrow('service: given "ticket", allowed none yet in platform');
    });

    test.each([
      'registry.example/ticket',
      'registry.example:5000/tickets/a/ticket',
      '1.dkr.ecr.ap-northeast-2.amazonaws.com/a_b--c.d1/ticket',
    ])('takes %s for an image', async (image) => {
      rendered(
        `images:\n  - name: other\n    newName: registry.example/other\n  - name: ticket\n    newName: ${image}\n`,
      );
      expect(await go()).toMatchObject({ outcome: 'released' });
    });

    test.each([
      ['no file', undefined],
      ['nothing', ''],
      ['no images', 'resources: [x]'],
      ['images that are no list', 'images: { name: ticket, newName: registry.example/ticket }'],
      ['only the image of another service', 'images: [{ name: live, newName: registry.example/live }]'],
      ...[
        '7',
        'ticket',
        '"x registry.example/ticket"',
        '"registry.example/ticket x"',
        'registry.example/../ticket',
        '[registry.example/ticket]',
      ].map((name) => [`the image ${name}`, `images: [{ name: ticket, newName: ${name} }]`] as const),
    ])('of a service whose rendered files have %s is refused', async (_, text) => {
      if (text === undefined) released('1');
      else rendered(text);
      const failure = await go().catch((error) => error);
      expect(failure).toBeInstanceOf(ReleaseFault);
      expect(failure.message).toBe(
        'rendered/prod/ticket/kustomization.yaml: no registry for the image ticket; run npm run render and commit its output',
      );
      expect(forge.writes()).toHaveLength(0);
    });
  });
});
