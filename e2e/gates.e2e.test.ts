/** A push stops at the gate that it breaks and nowhere else, Slack is notified of the reason, and nothing of it is released. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { resultOf } from '../lib/kube/objects.ts';
import { binary } from '../local/engines/engines.ts';
import { servedCommit } from '../local/loop.ts';
import { run, sleep } from '../local/machine/process.ts';
import { dockerConfig } from '../local/region/login.ts';
import { kubectl } from '../local/region/region.ts';
import { git } from '../local/seed/git.ts';
import { secrets } from '../local/seed/secrets.ts';
import { regions, registryFromHost, seoul } from '../local/topology.ts';
import { ended, object, stoppedAt, taskOf } from './cluster.ts';
import { gates, pushedContracts } from './contracts.ts';
import { fillFromCheckout, inClone, push } from './forge.ts';
import { bringUp, released, sideBySide, tagsOf, upMs } from './platform.ts';
import { failureMessage } from './slack.ts';

/** What dev serves all the time. */
let good: string;
const contractOf = (gate: string) => pushedContracts.find((one) => one.gate === gate);

const crane = (...args: string[]) =>
  run(binary('tools', 'crane'), ['--insecure', ...args], { env: { DOCKER_CONFIG: dockerConfig(seoul) } });
const tag = (commit: string) => `${registryFromHost(seoul)}/ticket:${commit}`;

/** A push that was stopped; and what its tag names in the end, if another image had that. */
type Stopped = { commit: string; tagged?: string };

const breaking = (gate: string) => async (): Promise<Stopped> => {
  const commit = await push('ticket', `Must be stopped by ${gate}\n`, contractOf(gate)?.change);
  await ended(commit);
  return { commit };
};

async function signedByAnother(): Promise<Stopped> {
  const { data } = await object(seoul, 'secret', '-n', 'ci', 'signing-public-key');
  const give = (key: string) =>
    kubectl(seoul, ['patch', 'secret', '-n', 'ci', 'signing-public-key', '-p', JSON.stringify({ data: { key } })]);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
  await give(Buffer.from(other).toString('base64'));
  try {
    const commit = await push('ticket', 'Signed by nobody who is known\n');
    await ended(commit);
    return { commit };
  } finally {
    await give(data.key);
  }
}

const behindTag = (): Promise<Stopped> =>
  inClone('ticket', async (folder) => {
    fillFromCheckout('ticket', folder);
    writeFileSync(join(folder, 'change.txt'), `A tag is in the way ${Date.now()}\n`);
    await git(['add', '--all', '.'], folder);
    await git(['commit', '--quiet', '--message', 'A tag is in the way'], folder);
    const commit = (await git(['rev-parse', 'HEAD'], folder)).trim();
    await crane('copy', tag(good), tag(commit));
    try {
      await git(['push', '--quiet', 'origin', 'HEAD:refs/heads/main'], folder, secrets().developerToken);
      await ended(commit);
      return { commit, tagged: await crane('digest', tag(commit)) };
    } finally {
      await crane('delete', tag(commit));
    }
  });

/** By the task that stops it. */
const stopped = new Map<string, Promise<Stopped>>();
const stoppedBy = (task: string) => stopped.get(task) as Promise<Stopped>;

beforeAll(async () => {
  await bringUp();
  good = (await released('ticket')).commit;
  // The last leaves main as it is in this checkout.
  const pushes = {
    ...Object.fromEntries(gates.map((gate) => [gate, breaking(gate)])),
    release: signedByAnother,
    'image-push': behindTag,
  };
  // Three at a time: SonarQube refuses an analysis that began before another of the service and ends after it, and three tries are made.
  const ends = sideBySide(3, Object.values(pushes));
  for (const [index, task] of Object.keys(pushes).entries()) stopped.set(task, ends[index] as Promise<Stopped>);
}, upMs + 420_000);

test.each(gates)(
  '%s stops a push there and nowhere else, and Slack is notified of its reason',
  async (gate) => {
    const { commit } = await stoppedBy(gate);
    expect(await stoppedAt(commit)).toEqual([gate]);
    const { reason = /^/, log } = contractOf(gate) ?? {};
    const message = await failureMessage(commit);
    expect(message).toContain(gate);
    expect(message).toMatch(reason);
    // Where the gate cannot say it itself, the message says where to read it.
    const [, command = ''] = /kubectl (logs -n ci \S+ -c \S+)/.exec(message) ?? [];
    if (log) expect(await kubectl(seoul, command.split(' '))).toMatch(log);
  },
  480_000,
);

test('nothing that was stopped is in a registry of any region', async () => {
  const commits = (await Promise.all(gates.map(stoppedBy))).map(({ commit }) => commit);
  const tags = (await Promise.all(regions.map((region) => tagsOf('ticket', region)))).flat();
  expect(tags).toContain(good);
  for (const commit of commits) expect(tags).not.toContain(commit);
}, 480_000);

test('G15: what another key has signed is not released, and counts for no replica', async () => {
  const { commit } = await stoppedBy('release');
  expect(await stoppedAt(commit)).toEqual(['release']);
  expect(await failureMessage(commit)).toMatch(
    /release[\s\S]*no signed provenance[\s\S]*signature verification failed/,
  );
  expect(resultOf(await taskOf(commit, 'image-replicate'), 'outcome')).toBe('late');
}, 480_000);

test('G12: a tag that is in the way is not moved, and nothing is released', async () => {
  const { commit, tagged } = await stoppedBy('image-push');
  expect(await stoppedAt(commit)).toEqual(['image-push']);
  expect(await failureMessage(commit)).toMatch(/image-push[\s\S]*tags of commits do not move: push a new commit/);
  expect(tagged).toBe(await crane('digest', tag(good)));
}, 480_000);

test('dev serves all the time what it served before', async () => {
  await Promise.all(stopped.values());
  // Long enough for Argo CD to have seen a release.
  await sleep(3000);
  expect(await servedCommit('ticket', 'dev')).toBe(good);
}, 480_000);
