import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { programOf } from '../lib/program.testing.ts';
import { FakeForge } from '../lib/release/forge.fake.ts';
import { FakeRegistry, signingKey } from '../lib/release/registry.fake.ts';
import { formatRelease, type Release, releasePath, waitingRelease } from '../lib/release/releases.ts';
import { temporaryFolder } from '../lib/temporary-folder.testing.ts';

let forge: FakeForge;
const folder = temporaryFolder();
let release: Release;
let registry: FakeRegistry;
/** Where scripts/up writes what promotion needs of the running embedded platform. */
let embedded: string;

beforeEach(async () => {
  forge = await new FakeForge('gitea').start();
  registry = await new FakeRegistry().start();
  release = {
    service: 'ticket',
    digest: registry.put('{"schemaVersion":2}'),
    commit: 'b'.repeat(40),
    subject: 'Issue tickets',
    author: 'Kim',
    run: 'ticket-main-bbbbbbbbbbbb',
  };
  forge.commit('platform', {
    [releasePath('dev', 'ticket')]: formatRelease(release),
    [releasePath('dev', 'live')]: waitingRelease('live'),
    [releasePath('prod', 'ticket')]: waitingRelease('ticket'),
    [releasePath('dr', 'ticket')]: waitingRelease('ticket'),
    ...Object.fromEntries(
      ['prod', 'dr'].map((environment) => [
        `rendered/${environment}/ticket/kustomization.yaml`,
        `images: [{ name: ticket, newName: registry.${environment}.internal/ticket }]\n`,
      ]),
    ),
  });
  registry.sign(release.digest, release);
  embedded = folder('forge.json');
  writeFileSync(
    embedded,
    JSON.stringify({
      ...forge.address,
      registries: { 'registry.prod.internal': registry.url, 'registry.dr.internal': registry.url },
      signingPublicKey: signingKey.publicKey,
    }),
    { mode: 0o600 },
  );
});
afterEach(async () => {
  registry.stop();
  await forge.stop();
});

const program = programOf('scripts/promote.ts');

function run(args: string[], env: Record<string, string> = {}) {
  const { kind, api, owner, token } = forge.address;
  const address = {
    ...{ FORGE_KIND: kind, FORGE_API: api, FORGE_OWNER: owner, FORGE_TOKEN: token },
    SIGNING_PUBLIC_KEY: signingKey.publicKey,
  };
  const identity = {
    PATH: process.env.PATH,
    HOME: folder(),
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_VALUE_0: 'Kim',
    GIT_CONFIG_KEY_1: 'user.email',
    GIT_CONFIG_VALUE_1: 'kim@tickets.example',
  };
  return program({ ...identity, ...('FORGE_FILE' in env ? {} : address), ...env }, ...args).ended;
}

test('promotes what dev runs, says what it did, and does it once', async () => {
  const first = await run(['ticket', 'prod'], { FORGE_FILE: embedded });
  const commit = forge.log('platform')[0];
  expect(first).toEqual({
    status: 0,
    err: '',
    out: `promoted ticket to prod
  from    nothing: the first release
  to      ${release.digest} (commit bbbbbbbbbbbb): Issue tickets
  commit  ${commit?.sha} of releases/prod/ticket/kustomization.yaml
  by      Kim <kim@tickets.example>
`,
  });
  expect(forge.file('platform', releasePath('prod', 'ticket'))).toBe(formatRelease(release));
  expect(commit?.author).toMatch(/^platform-robot /);
  expect(commit?.message).toMatch(/\nPromoted-by: Kim <kim@tickets.example>\nBuilt-by: ticket-main-bbbbbbbbbbbb\n/);
  expect(await run(['ticket', 'prod'], { FORGE_FILE: embedded })).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^unchanged: /),
  });
  expect(forge.writes()).toHaveLength(1);
});

test('dr gets what prod runs, whatever dev has by then', async () => {
  const newer = { ...release, commit: 'c'.repeat(40), subject: 'Not seen by customers' };
  forge.commit('platform', {
    [releasePath('prod', 'ticket')]: formatRelease(release),
    [releasePath('dev', 'ticket')]: formatRelease(newer),
  });
  expect(await run(['ticket', 'dr'], { FORGE_FILE: embedded })).toMatchObject({ status: 0, err: '' });
  expect(forge.file('platform', releasePath('dr', 'ticket'))).toBe(formatRelease(release));
});

test('takes the running embedded platform where no forge is named', async () => {
  const file = embedded;
  await run(['ticket', 'prod'], { FORGE_FILE: file });
  expect(await run(['ticket', 'dr'], { FORGE_FILE: file })).toMatchObject({ status: 0, err: '' });
  expect(forge.log('platform')[0]?.message).toMatch(/^Release ticket bbbbbbbbbbbb to dr\n/);

  const missing = await run(['ticket', 'dr'], { FORGE_FILE: folder('none.json') });
  expect(missing.status).toBe(2);
  expect(missing.err).toMatch(
    /^promote: no forge: FORGE_KIND, .* are not set, and \S+none.json does not exist; .*scripts\/up\n$/,
  );

  writeFileSync(file, '{"token": "half-a-secret');
  const broken = await run(['ticket', 'dr'], { FORGE_FILE: file });
  expect([broken.status, broken.err]).toEqual([2, `promote: ${file}: not JSON; run scripts/up again\n`]);
});

test('G15: promotes nothing that the registry of the environment lacks, and nothing when that does not answer', async () => {
  forge.commit('platform', { [releasePath('prod', 'ticket')]: formatRelease(release) });
  registry.content.clear();
  const late = await run(['ticket', 'dr'], { FORGE_FILE: embedded });
  expect(late.status).toBe(2);
  expect(late.err).toMatch(
    /^promote: registry.dr.internal\/ticket@sha256:\w+: not in the registry of dr \(yet\); promote again/,
  );
  // Without the addresses of the embedded platform: https, and nobody is there.
  const silent = await run(['ticket', 'dr']);
  expect(silent.status).toBe(5);
  expect(silent.err).toMatch(/^promote: registry.dr.internal\/ticket: .*run again when the registry answers\n$/);
  expect(forge.writes()).toHaveLength(0);
}, 20_000);

test('promotes nothing that is not signed as built from the commit that dev says it runs', async () => {
  registry.content.delete(release.digest.replace(':', '-'));
  registry.sign(release.digest, { service: 'ticket', commit: 'c'.repeat(40) });
  const { status, err } = await run(['ticket', 'prod'], { FORGE_FILE: embedded });
  expect(status).toBe(7);
  expect(err).toMatch(/no signed provenance for commit b{40} of ticket: it is of commit c{40} of ticket\n$/);
  const keyless = await run(['ticket', 'prod'], { SIGNING_PUBLIC_KEY: '' });
  expect([keyless.status, keyless.err]).toEqual([
    2,
    expect.stringMatching(/^promote: SIGNING_PUBLIC_KEY: given nothing/),
  ]);
  const { signingPublicKey: _, ...halfUp } = JSON.parse(readFileSync(embedded, 'utf8'));
  writeFileSync(embedded, JSON.stringify(halfUp));
  const early = await run(['ticket', 'prod'], { FORGE_FILE: embedded, SIGNING_PUBLIC_KEY: '' });
  expect([early.status, early.err]).toEqual([
    2,
    expect.stringMatching(/^promote: .*forge.json.*scripts\/up has ended/),
  ]);
  expect(forge.writes()).toHaveLength(0);
});

test.each([
  [['live', 'prod'], /dev has no release of live yet; push to the main branch of live/],
  [['ticket', 'dr'], /prod has no release of ticket yet; scripts\/promote ticket prod first/],
  [['basket', 'dev'], /service: given "basket", allowed live, ticket; environment: given "dev", allowed prod, dr/],
  [['--force'], /Unknown option '--force'; see scripts\/promote --help/],
  [['ticket'], /given 1 argument, allowed two/],
])('refuses in one line: %j', async (args, words) => {
  const { status, out, err } = await run(args);
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(words);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(forge.writes()).toHaveLength(0);
});

test('--help asks nothing of anybody and is true about its statuses', async () => {
  const { status, out } = await run(['--help']);
  expect(status).toBe(0);
  expect(out).toMatch(/usage: scripts\/promote SERVICE ENVIRONMENT/);
  expect(forge.requests).toHaveLength(0);
  expect((await run(['ticket', 'prod'], { FORGE_TOKEN: 'wrong' })).status).toBe(3);
  forge.commit('platform', { [releasePath('dev', 'ticket')]: 'x' });
  expect((await run(['ticket', 'prod'])).status).toBe(6);
});
