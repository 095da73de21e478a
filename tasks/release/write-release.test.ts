import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { programHere, programOf } from '../../lib/program.testing.ts';
import { FakeForge } from '../../lib/release/forge.fake.ts';
import { FakeRegistry, signingKey } from '../../lib/release/registry.fake.ts';
import { releasePath, waitingRelease } from '../../lib/release/releases.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const path = releasePath('dev', 'ticket');
let forge: FakeForge;
let registry: FakeRegistry;
const folder = temporaryFolder();
let commit: string;
const digest = `sha256:${'a'.repeat(64)}`;
const entryPoint = 'tasks/release/write-release.ts';
const asProcess = programOf(entryPoint);
const here = programHere(entryPoint);

beforeEach(async () => {
  forge = await new FakeForge('gitea').start();
  forge.commit('platform', { [path]: waitingRelease('ticket') });
  commit = forge.commit('ticket', { 'main.go': 'one' });
  registry = await new FakeRegistry().start();
  writeFileSync(folder('config.json'), '{}');
});
afterEach(async () => {
  registry.stop();
  await forge.stop();
});

function given(more: Record<string, string | undefined> = {}, { unsigned = false } = {}) {
  const all: Record<string, string | undefined> = {
    FORGE_KIND: forge.address.kind,
    FORGE_API: forge.address.api,
    FORGE_OWNER: forge.address.owner,
    FORGE_TOKEN: `${forge.address.token}\n`,
    PLATFORM_REPOSITORY: 'platform',
    SERVICE: 'ticket',
    ENVIRONMENT: 'dev',
    COMMIT: commit,
    SUBJECT: 'Issue tickets',
    AUTHOR: 'Kim',
    RUN: `ticket-main-${commit.slice(0, 12)}`,
    IMAGE: `${registry.host}/ticket`,
    DIGEST: digest,
    INSECURE: 'true',
    DOCKER_CONFIG: folder(),
    SIGNING_PUBLIC_KEY: signingKey.publicKey,
    RESULT_OUTCOME_PATH: folder('outcome'),
    RESULT_RELEASE_COMMIT_PATH: folder('release-commit'),
    RESULT_REASON_PATH: folder('reason'),
    ...more,
  };
  if (!unsigned) registry.sign(String(all.DIGEST), { service: 'ticket', commit: String(all.COMMIT) });
  return all;
}
const start = (...more: Parameters<typeof given>) => here(given(...more));
const startProcess = () => asProcess(given());
const result = (name: string) => readFileSync(folder(name), 'utf8');

test('releases, and writes the results', async () => {
  const { status, out, err } = await startProcess().ended;
  expect([status, err]).toEqual([0, '']);
  const release = forge.log('platform')[0]?.sha;
  expect(result('outcome')).toBe('released');
  expect(result('release-commit')).toBe(release);
  expect(out).toMatch(new RegExp(`^released ticket ${commit.slice(0, 12)} .* in dev by commit ${release}\n$`));
});

test('superseded and unchanged have results too', async () => {
  const old = commit;
  commit = forge.commit('ticket', { 'main.go': 'two' });
  await start().ended;
  const release = forge.log('platform')[0]?.sha;
  expect((await start({ RUN: 'another' }).ended).out).toMatch(/^unchanged: /);
  expect([result('outcome'), result('release-commit')]).toEqual(['unchanged', release]);
  expect((await start({ COMMIT: old, RUN: 'older', DIGEST: `sha256:${'b'.repeat(64)}` }).ended).out).toMatch(
    /^superseded/,
  );
  expect([result('outcome'), result('release-commit')]).toEqual(['superseded', release]);
  expect(forge.writes()).toHaveLength(1);
});

test.each([
  ['before the write', 'read'],
  ['while the write is under way and lost', 'lost'],
  ['after the write, before the reply', 'done'],
])('G24: killed %s and run again: one commit, the same results', async (_name, when) => {
  const reached = new Promise<void>((resolve) => {
    forge.trouble = (request) => {
      if (request.write !== (when !== 'read')) return undefined;
      setTimeout(resolve, 20);
      return { hang: true, done: when === 'done' };
    };
  });
  const { child, ended } = startProcess();
  await reached;
  child.kill('SIGKILL');
  await ended;
  forge.trouble = () => undefined;
  expect((await startProcess().ended).status).toBe(0);
  expect(forge.log('platform', path)).toHaveLength(2);
  expect([result('outcome'), result('release-commit')]).toEqual(['released', forge.log('platform', path)[0]?.sha]);
});

test('faulty variables are named all at once, and nothing is asked', async () => {
  const { status, out, err } = await start({
    FORGE_KIND: 'gitlab',
    FORGE_TOKEN: 'two words',
    SERVICE: '$(touch /tmp/x)',
    ENVIRONMENT: '..',
    COMMIT: '-oProxyCommand=x',
    DIGEST: undefined,
    IMAGE: undefined,
    SIGNING_PUBLIC_KEY: undefined,
    RESULT_OUTCOME_PATH: undefined,
  }).ended;
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(
    /^release: environment variables: FORGE_KIND: .*FORGE_TOKEN: .*environment: .*service: .*digest: given nothing.*commit: .*IMAGE: .*SIGNING_PUBLIC_KEY: .*RESULT_OUTCOME_PATH: .*\n$/,
  );
  expect(err).not.toContain('two words');
  expect(forge.requests).toHaveLength(0);
});

test('a refusal is one line, without stack and token', async () => {
  const { status, err } = await start({ FORGE_TOKEN: 'wrong-token' }).ended;
  expect(status).toBe(3);
  expect(err).toMatch(
    /^release: http:\S+: read releases\/dev\/ticket\/kustomization.yaml in tickets\/platform: 401 .*\n$/,
  );
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(err).not.toMatch(/wrong-token|\n {4}at /);
});

test('what a push says is no command', async () => {
  const { status, err } = await start({ SUBJECT: `'; id #"\n$(id)` }).ended;
  expect([status, err]).toEqual([0, '']);
  expect(forge.log('platform')[0]?.message).toContain(`Subject: '; id #" $(id)\n`);
});

test('what nobody signed is not released, nor what was signed for another commit', async () => {
  const { status, err } = await start({}, { unsigned: true }).ended;
  expect(status).toBe(7);
  expect(err).toMatch(
    /^release: \S+ticket@sha256:a{64}: no signed provenance for commit \w+ of ticket: there is none\n$/,
  );
  // What Slack is sent.
  expect(`release: ${result('reason')}\n`).toBe(err);
  registry.sign(digest, { service: 'ticket', commit: 'f'.repeat(40) });
  expect((await start({}, { unsigned: true }).ended).err).toMatch(/it is of commit f{40} of ticket\n$/);
  expect(forge.requests).toHaveLength(0);
});

test('a commit that main of the repository does not have is not released, signed or not', async () => {
  const branch = forge.commit('ticket', { 'main.go': 'a branch' }, { move: false });
  const { status, err } = await start({ COMMIT: branch }).ended;
  expect([status, err]).toEqual([
    3,
    `release: commit: given ${branch} of ticket, allowed one that the branch main of ticket has now; a forced push took it away, or it never was there\n`,
  ]);
  expect(`release: ${result('reason')}\n`).toBe(err);
  expect(forge.writes()).toHaveLength(0);
});

test('a registry that is down says so, and nothing is released', async () => {
  registry.sign(digest, { service: 'ticket', commit });
  registry.trouble = Array(10).fill(500);
  const { status, err } = await start().ended;
  expect([status, err]).toEqual([5, expect.stringMatching(/^release: \S+ticket: it answered 500 \(try 3\)/)]);
  expect(forge.requests).toHaveLength(0);
});
