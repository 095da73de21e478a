/** What a webhook may start: one run a push, however often it is delivered or lost, and nothing else. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { succeeded } from '../lib/kube/objects.ts';
import { sleep } from '../local/machine/process.ts';
import { pipelineRuns } from '../local/region/cluster.ts';
import { memory } from '../local/sandbox/sandbox.ts';
import { git } from '../local/seed/git.ts';
import { secrets } from '../local/seed/secrets.ts';
import { seoul } from '../local/topology.ts';
import { deleteRun, ended, object, runsOf, started } from './cluster.ts';
import { type Delivery, deliver, deliverOnce, event, redeliverPushes, signatureOf } from './deliveries.ts';
import { inClone, push, pushUnheard } from './forge.ts';
import { arrives, bringUp, released, serves, upMs } from './platform.ts';
import { messagesOf } from './slack.ts';

/** A commit that no repository has. */
const unknownCommit = () => randomBytes(20).toString('hex');
/** Long enough for the EventListener to have made a run. */
const listenerMs = 4000;

beforeAll(bringUp, upMs);

describe('a head of main without a webhook', () => {
  let older: string;
  beforeAll(async () => {
    older = (await released('ticket')).commit;
  }, 480_000);

  test('G4: a push whose webhook was lost is redelivered, and once only', async () => {
    const commit = await pushUnheard('ticket', () => push('ticket', 'While the webhook is lost\n'));
    expect(await runsOf(commit)).toEqual([]);
    await Promise.all([redeliverPushes(), sleep(100).then(redeliverPushes)]);
    expect(await runsOf(commit)).toHaveLength(1);
    await arrives('ticket', commit);
    await redeliverPushes();
    expect(await runsOf(commit)).toHaveLength(1);
    const messages = await messagesOf(commit);
    expect(messages).toHaveLength(2);
    expect(messages.filter(({ shown }) => shown.includes('webhook of this push started no run'))).toHaveLength(1);
  }, 480_000);

  // In one direction: what decides it, in both, is asked without a platform (redeliver.test.ts).
  test('dev follows main when that is forced back to a commit that had its run', async () => {
    await inClone('ticket', (folder) =>
      git(['push', '--quiet', '--force', 'origin', `${older}:refs/heads/main`], folder, secrets().developerToken),
    );
    await redeliverPushes();
    await serves('ticket', 'dev', older, 420);
    expect(succeeded(await ended(older))?.status).toBe('True');
  }, 480_000);
});

test('G1: five first deliveries at once start exactly one run', async () => {
  const commit = unknownCommit();
  const body = JSON.stringify(event('ticket', commit));
  await Promise.all(Array.from({ length: 5 }, () => deliver({ body })));
  await started(commit);
  await sleep(listenerMs);
  expect(await runsOf(commit)).toHaveLength(1);
  const run = await ended(commit);
  expect(succeeded(run)?.status).toBe('False');
  await deleteRun(run.metadata.name);
}, 300_000);

type Case = { what: string; commit: string; delivery: Delivery };
const signedBody = (commit: string, more: object = {}) => JSON.stringify(event('ticket', commit, more));
/** The same JSON in other bytes. */
const otherBytes = (body: string) => JSON.stringify(JSON.parse(body), null, 1);
const writtenAnew = 'a body that was written anew after it was signed';
const cases: Case[] = [
  ...(
    [
      ['an unsigned delivery', (body) => ({ body, signature: undefined })],
      ['a wrongly signed delivery', (body) => ({ body, signature: `sha256=${'0'.repeat(64)}` })],
      [writtenAnew, (body) => ({ body: otherBytes(body), signature: signatureOf(body, 'ticket') })],
      ['a delivery signed with the secret of another service', (body) => ({ body, signedBy: 'live' })],
      [
        'a delivery signed with SHA-1 only',
        (body) => ({ body, signature: undefined, headers: { 'x-hub-signature': `sha1=${'0'.repeat(40)}` } }),
      ],
      [
        'a form-encoded delivery',
        (body) => ({
          body: `payload=${encodeURIComponent(body)}`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      ],
      ['another kind of event', (body) => ({ body, headers: { 'x-github-event': 'issues' } })],
      // The commit is in it, so that a run that came of it all the same would be found.
      ['a body that is no JSON', (body) => ({ body: body.slice(0, -1) })],
    ] as [string, (body: string) => Delivery][]
  ).map(([what, delivery]) => {
    const commit = unknownCommit();
    return { what, commit, delivery: delivery(signedBody(commit)) };
  }),
  ...(
    [
      ['another repository', { repository: { name: 'ticket', full_name: 'stranger/ticket', clone_url: 'http://x' } }],
      ['a branch deletion as GitHub sends it', { deleted: true }],
      ['a tag', { ref: 'refs/tags/v1' }],
      ['another branch', { ref: 'refs/heads/feature' }],
      ['a branch named as a command', { ref: 'refs/heads/$(touch /tmp/executed-by-a-push)' }],
      ['a branch named as an option', { ref: "refs/heads/-oProxyCommand=x'; id #" }],
      ['a push of the robot', { sender: { login: 'platform-robot' }, pusher: { login: 'platform-robot' } }],
    ] as [string, object][]
  ).map(([what, more]) => {
    const commit = unknownCommit();
    return { what, commit, delivery: { body: signedBody(commit, more) } };
  }),
  ...(
    [
      ['the platform repository', 'platform', unknownCommit()],
      ['a branch deletion', 'ticket', '0'.repeat(40)],
      ['a commit that is no SHA', 'ticket', '$(touch /tmp/executed-by-a-push)'],
    ] as const
  ).map(([what, repository, commit]) => ({
    ...{ what, commit, delivery: { body: JSON.stringify(event(repository, commit)) } },
  })),
];

describe('what starts nothing', () => {
  /** Everything that there was when the first was sent, and everything that there is long enough after the last. */
  let before: Set<string>;
  const after = new Map<string, string>();
  const control = unknownCommit();
  let controlRun: string;
  beforeAll(async () => {
    before = new Set((await pipelineRuns()).map(({ metadata }) => metadata.name));
    for (const { delivery } of cases) await deliver(delivery);
    // It comes last and starts a run: those before have been looked at when that is there. Signed in the bytes that one of them was sent in.
    await deliver({ body: otherBytes(signedBody(control)) });
    const { metadata } = await started(control);
    await sleep(listenerMs);
    for (const run of await pipelineRuns()) after.set(run.metadata.name, JSON.stringify(run));
    controlRun = metadata.name;
    after.delete(controlRun);
    await deleteRun(controlRun, '--wait=false');
  }, 120_000);

  test.each(cases)('$what', ({ commit }) => {
    const found = [...after].filter(([name, run]) => !before.has(name) && run.includes(commit));
    expect(found.map(([name]) => name)).toEqual([]);
  });

  test('G3: a signature is of the very bytes that were sent', () => {
    const { commit } = cases.find(({ what }) => what === writtenAnew) as Case;
    expect([...after.values()].filter((run) => run.includes(commit))).toEqual([]);
    // The same bytes started one with their own signature.
    expect(controlRun).toMatch(/^ticket-main-/);
  });

  test('G2: none of them left a run', () => {
    // All were for ticket or the platform; a push of another service may have been redelivered meanwhile.
    expect([...after.keys()].filter((name) => !before.has(name) && !/^(booking|live)-/.test(name))).toEqual([]);
  });

  test('the worst unsigned bodies, many at once, neither end the EventListener nor keep it from a push', async () => {
    const pod = async () => {
      const { items } = await object(seoul, 'pods', '-n', 'ci', '-l', 'eventlistener=git');
      return items.map(
        (item: { metadata: { uid: string }; status: { containerStatuses: { restartCount: number }[] } }) => [
          item.metadata.uid,
          item.status.containerStatuses[0]?.restartCount,
        ],
      );
    };
    const before = await pod();
    // Each `<` becomes six characters in what the EventListener sends on.
    const body = JSON.stringify({ ...event('ticket', unknownCommit()), padding: '<'.repeat(2 ** 18 - 2000) });
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => deliverOnce({ body, signature: `sha256=${'0'.repeat(64)}` })),
    );
    expect(answers.filter((status) => status === 202).length).toBeGreaterThan(5);
    expect(answers.filter((status) => status === 429).length).toBeGreaterThan(0);
    const commit = unknownCommit();
    await deliver({ body: signedBody(commit) });
    await deleteRun((await started(commit)).metadata.name, '--wait=false');
    expect(await pod()).toEqual(before);
  }, 180_000);

  test('G27: a body of 25 MB is refused, in bounded memory', async () => {
    const commit = unknownCommit();
    const body = signedBody(commit, { padding: 'x'.repeat(25 * 2 ** 20) });
    const grown: number[] = [];
    // The lowest of three: something else may start in the region meanwhile.
    for (let tries = 0; tries < 3; tries++) {
      const before = memory(seoul.name) ?? 0;
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, (memory(seoul.name) ?? 0) - before);
      }, 20);
      const answers = await Promise.all([deliver({ body }), deliver({ body }), deliver({ body })]);
      clearInterval(watch);
      for (const answer of answers) expect([0, 413]).toContain(answer);
      grown.push(most);
    }
    expect(Math.min(...grown)).toBeLessThan(60 * 2 ** 20);
    expect(await runsOf(commit)).toEqual([]);
  }, 60_000);
});
