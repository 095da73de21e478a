import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runHere } from '../../lib/program.testing.ts';
import { FakeForge } from '../../lib/release/forge.fake.ts';
import { digestOf, FakeRegistry } from '../../lib/release/registry.fake.ts';
import { commitMessage } from '../../lib/release/release-writer.ts';
import { formatRelease, releasePath, robot, waitingRelease } from '../../lib/release/releases.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { prune } from './prune.ts';

const commit = (digit: string) => digit.repeat(40);
const image = (of: string) => JSON.stringify({ layers: [], of });
const digest = (of: string) => digestOf(image(of));
const statement = (of: string) => digest(of).replace(':', '-');

let forge: FakeForge;
let seoul: FakeRegistry;
let tokyo: FakeRegistry;
const folder = temporaryFolder();
beforeEach(async () => {
  [seoul, tokyo] = await Promise.all([new FakeRegistry().start(), new FakeRegistry().start()]);
  forge = await new FakeForge('gitea').start();
  for (const environment of ['dev', 'prod'])
    forge.commit('platform', { [releasePath(environment, 'ticket')]: waitingRelease('ticket') });
});
afterEach(async () => {
  for (const registry of [seoul, tokyo]) registry.stop();
  await forge.stop();
});

const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
/** Both registries have this image, and what is signed about it. */
function built(of: string, days: number): void {
  for (const registry of [seoul, tokyo]) {
    registry.putTag('ticket', of, image(of));
    registry.putTag('ticket', statement(of), '{"manifests":[]}');
    registry.modified.set(of, ago(days)).set(statement(of), ago(days));
  }
}
function released(environment: string, of: string): void {
  const release = {
    service: 'ticket',
    digest: digest(of),
    commit: of,
    subject: 'x',
    author: 'x',
    run: 'ticket-main-x',
  };
  forge.commit(
    'platform',
    { [releasePath(environment, 'ticket')]: formatRelease(release) },
    {
      message: commitMessage({ environment, release, platform: 'platform', run: release.run }),
      author: robot.name,
    },
  );
}
const cached = (key: string, days: number) => {
  seoul.putTag('ticket/dependencies', key, image(key));
  seoul.modified.set(key, ago(days));
};

async function pruned(given: Record<string, string> = {}) {
  const { status, out, err } = await runHere(prune, {
    ...{ SERVICES: 'ticket', ENVIRONMENTS: 'dev prod', PLATFORM_REPOSITORY: 'platform' },
    ...{ FORGE_KIND: 'gitea', FORGE_API: forge.address.api, FORGE_OWNER: 'tickets' },
    ...{ FORGE_TOKEN: forge.address.token, SOURCE: seoul.host, REPLICA: tokyo.host, INSECURE: 'true' },
    ...{ SOURCE_LOGIN: folder(), REPLICA_LOGIN: folder(), RELEASES: '2', DAYS: '3', CACHE_DAYS: '14' },
    ...given,
  });
  const deleted = (registry: FakeRegistry) =>
    registry.tags.get('ticket')?.filter((tag) => /^[0-9a-f]{40}$/.test(tag)) ?? [];
  return { status, output: out + err, seoul: deleted(seoul), tokyo: deleted(tokyo) };
}

test('what is of none of the last releases goes in both regions, with what is said about it; all else stays', async () => {
  for (const [of, days] of [
    ['a', 40],
    ['b', 30],
    ['c', 20],
    ['d', 10],
    ['e', 1],
  ] as const) {
    built(commit(of), days);
    released('dev', commit(of));
  }
  // Never released: superseded, or on its way.
  built(commit('f'), 9);
  built(commit('0'), 0);
  // The oldest is what prod runs.
  released('prod', commit('a'));
  const left = ['a', 'd', 'e', '0'].map(commit);
  expect(await pruned()).toMatchObject({ status: 0, seoul: left, tokyo: left });
  for (const registry of [seoul, tokyo])
    expect(registry.tags.get('ticket')?.filter((tag) => tag.startsWith('sha256-'))).toEqual(left.map(statement));
});

test('a release that a person brought back stays, however old it is', async () => {
  for (const one of ['a', 'b', 'c']) {
    built(commit(one), 30);
    released('dev', commit(one));
  }
  const release = { service: 'ticket', digest: digest(commit('a')), commit: commit('a'), subject: 'x', author: 'x' };
  forge.commit(
    'platform',
    { [releasePath('dev', 'ticket')]: formatRelease({ ...release, run: 'ticket-main-x' }) },
    { message: 'Revert' },
  );
  expect((await pruned()).seoul).toEqual(['a', 'b', 'c'].map(commit));
});

test('what an environment runs gets its tag again: its run had found it just before it was deleted', async () => {
  released('dev', commit('b'));
  built(commit('a'), 30);
  released('prod', commit('a'));
  for (const registry of [seoul, tokyo]) {
    registry.tags.set('ticket', []);
    registry.content.delete(commit('a'));
  }
  const { output, ...left } = await pruned();
  expect(left).toEqual({ status: 0, seoul: [commit('a')], tokyo: [commit('a')] });
  expect(output).toContain(`gave ${seoul.host}/ticket@${digest(commit('a'))} its tag ${commit('a')} again`);
  expect(seoul.content.get(commit('a'))).toBe(image(commit('a')));
  expect(seoul.types.get(commit('a'))).toBe('application/vnd.oci.image.manifest.v1+json');
});

test('statements about an image stay while any commit has it', async () => {
  for (const registry of [seoul, tokyo]) {
    for (const one of ['a', 'b']) registry.putTag('ticket', commit(one), image('same'));
    registry.putTag('ticket', statement('same'), '{"manifests":[]}');
    for (const tag of [commit('a'), commit('b'), statement('same')]) registry.modified.set(tag, ago(30));
  }
  released('dev', commit('b'));
  expect((await pruned()).seoul).toEqual([commit('b')]);
  expect(seoul.tags.get('ticket')).toEqual([commit('b'), statement('same')]);
});

test('layer caches go by their age alone', async () => {
  cached('old', 15);
  cached('new', 13);
  await pruned();
  expect(seoul.tags.get('ticket/dependencies')).toEqual(['new']);
});

test('what is younger than the days stays, in both registries, and what is neither a commit nor said of one', async () => {
  for (const [of, days] of [
    ['1', 2.99],
    ['2', 3.01],
  ] as const)
    built(commit(of), days);
  const others = ['latest', `${commit('3')}4`, 'sha256-1234', `x${statement('4')}`, `${statement('5')}-x`];
  for (const tag of others) seoul.putTag('ticket', tag, image(tag));
  for (const tag of others) seoul.modified.set(tag, ago(30));
  // Its image in Tokyo is an older copy, and Seoul would give it again.
  tokyo.modified.set(commit('1'), ago(30));
  const { status, output, ...left } = await pruned();
  expect([status, left]).toEqual([0, { seoul: [commit('1')], tokyo: [commit('1')] }]);
  expect(seoul.tags.get('ticket')).toEqual([commit('1'), statement(commit('1')), ...others]);
  const gone = (registry: FakeRegistry) =>
    [commit('2'), statement(commit('2'))].map((tag) => `prune-images: deleted ${registry.host}/ticket:${tag}\n`);
  expect(output).toBe([seoul, tokyo].flatMap(gone).join(''));
});

test('a statement without an image goes when it is old, under each of its names', async () => {
  const tags = ['1', '2', '3'].map((digit) => `sha256-${digit.repeat(64)}`) as [string, string, string];
  tags[1] = `${tags[1]}.sig`;
  for (const [at, tag] of tags.entries()) {
    seoul.putTag('ticket', tag, image(tag));
    seoul.modified.set(tag, ago(at === 2 ? 1 : 30));
  }
  await pruned();
  expect(seoul.tags.get('ticket')).toEqual([tags[2]]);
});

test('each registry is asked with its own login', async () => {
  built(commit('2'), 30);
  released('dev', commit('2'));
  const asked = (registry: FakeRegistry) => [...new Set(registry.asked.map(({ authorization }) => authorization))];
  const login = (registry: FakeRegistry, name: string) => {
    mkdirSync(folder(name));
    const auth = Buffer.from(name).toString('base64');
    writeFileSync(folder(name, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    return `Basic ${auth}`;
  };
  const logins = [login(seoul, 'here:1'), login(tokyo, 'there:2')];
  expect((await pruned({ SOURCE_LOGIN: folder('here:1'), REPLICA_LOGIN: folder('there:2') })).status).toBe(0);
  expect([asked(seoul), asked(tokyo)]).toEqual(logins.map((one) => [one]));
});

test('a service that fails keeps no other one', async () => {
  built(commit('2'), 30);
  expect(await pruned({ SERVICES: 'live ticket' })).toEqual({
    ...{ status: 1, seoul: [], tokyo: [] },
    output: expect.stringMatching(
      /prune-images: live: releases\/dev\/live\/kustomization.yaml: given no such file.*\n/,
    ),
  });
});

test('faulty variables are named all at once, and nothing is asked', async () => {
  const { status, output } = await pruned({
    ...{ SERVICES: 'ticket live/..', ENVIRONMENTS: '..', PLATFORM_REPOSITORY: 'a/b', FORGE_KIND: 'gitlab' },
    // A rollback goes to the release before, and a run takes its time.
    ...{ RELEASES: '1', DAYS: '0', CACHE_DAYS: '0' },
  });
  expect(status).toBe(2);
  expect(output).toMatch(
    /^prune-images: environment variables: (?=.*FORGE_KIND: )(?=.*SERVICES: )(?=.*ENVIRONMENTS: )(?=.*PLATFORM_REPOSITORY: )(?=.*RELEASES: )(?=.*DAYS: )(?=.*CACHE_DAYS: ).*\n$/,
  );
  expect([forge.requests, seoul.asked, tokyo.asked]).toEqual([[], [], []]);
});

test.each<[string, () => Record<string, string>, RegExp]>([
  ['the forge does not answer', () => ({ FORGE_API: 'http://127.0.0.1:9/api/v1' }), /ticket: /],
  [
    'an environment has no release file',
    () => ({ ENVIRONMENTS: 'dev staging' }),
    /releases\/staging\/ticket\/.*given no such file/,
  ],
  [
    'the registry does not say how old a tag is',
    () => {
      for (const registry of [seoul, tokyo]) registry.modified.clear();
      return {};
    },
    /allowed is Last-Modified/,
  ],
])('nothing goes when %s', async (_, change, words) => {
  built(commit('a'), 30);
  const { status, output, ...left } = await pruned(change());
  expect([status, left]).toEqual([1, { seoul: [commit('a')], tokyo: [commit('a')] }]);
  expect(output).toMatch(words);
});
