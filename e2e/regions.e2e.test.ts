/** Each region goes on while the other is gone, and Tokyo gets later what it missed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { resultOf } from '../lib/kube/objects.ts';
import { hasImage } from '../lib/release/registry.ts';
import { parseRelease, releasePath } from '../lib/release/releases.ts';
import { commitAndPush, servedCommit } from '../local/loop.ts';
import { sleep, until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { git } from '../local/seed/git.ts';
import { registry, seoul, tokyo } from '../local/topology.ts';
import { ended, noVolumes } from './cluster.ts';
import { inClone, push } from './forge.ts';
import { bringUp, promoted, registryProcess, registryUrls, script, serves, tagsOf, upMs } from './platform.ts';
import { messagesOf } from './slack.ts';

/** Not ticket: its release waits for the migration of a database, whose writer is in Seoul (docs/stores.md). */
const service = 'live';
/** What dev, prod and dr serve of it before this story. */
let before: string;
beforeAll(async () => {
  await bringUp();
  before = await promoted(service, 'dr');
}, upMs + 600_000);

const inTokyo = (digest: string) => hasImage(`${registry(tokyo)}/${service}`, digest, { urls: registryUrls });

test('G14: with Tokyo cut off in the middle of a copy a push is released in Seoul all the same; dr stays, is not promoted to, and is backfilled later', async () => {
  const theirs = registryProcess(tokyo);
  if (theirs === undefined) throw new Error('Tokyo runs no registry');
  const there = await tagsOf(service, tokyo);
  const commit = await push(service, 'While Tokyo goes away\n');
  let digest: string;
  try {
    // What is signed comes first. Its registry then stands still, so that the copy waits in its middle until the link is cut.
    await until(
      'the first of a replica',
      400,
      async () => (await tagsOf(service, tokyo)).some((tag) => !there.includes(tag)),
      10,
    );
    process.kill(theirs, 'SIGSTOP');
    // Long enough for the copy to wait for it.
    await sleep(1000);
    expect((await script('region', 'tokyo', 'off')).status).toBe(0);
    process.kill(theirs, 'SIGCONT');
    const run = await ended(commit);
    expect([resultOf(run, 'outcome'), resultOf(run, 'replica')]).toEqual(['released', 'late']);
    digest = resultOf(run, 'image')?.split('@')[1] as string;
    await serves(service, 'dev', commit);
    const late = async () =>
      (await messagesOf(commit)).filter(({ shown }) => shown.includes('does not have the image yet')).length;
    await until('Slack', 180, async () => (await late()) > 0);
    expect(await late()).toBe(1);
    // What prod runs is for dr; prod does not wait for it.
    expect((await script('promote', service, 'prod')).status).toBe(0);
    const promotion = await script('promote', service, 'dr');
    expect([promotion.status, promotion.output]).toEqual([
      5,
      expect.stringContaining('run again when the registry answers'),
    ]);
  } finally {
    await script('region', 'tokyo', 'on');
    process.kill(theirs, 'SIGCONT');
  }
  await serves(service, 'dr', before);
  // Unless the job's own time has come in these seconds.
  if (!(await inTokyo(digest)))
    expect((await script('promote', service, 'dr')).output).toContain('not in the registry of dr (yet)');

  // Twice: the second has nothing to do.
  for (const name of [`backfill-${Date.now()}`, `backfill-again-${Date.now()}`]) {
    await kubectl(seoul, ['create', 'job', '-n', 'ci', name, '--from=cronjob/backfill-replicas']);
    await kubectl(seoul, ['wait', '-n', 'ci', '--for=condition=complete', `job/${name}`, '--timeout=90s']);
    await kubectl(seoul, ['delete', 'job', '-n', 'ci', name]);
  }
  expect(await inTokyo(digest)).toBe(true);
  expect((await script('promote', service, 'dr')).status).toBe(0);
  await serves(service, 'dr', commit);
  await noVolumes();
}, 900_000);

test('with Seoul gone, Tokyo follows git by itself', async () => {
  const inDev = await servedCommit(service, 'dev');
  const inDr = await servedCommit(service, 'dr');
  await inClone('platform', async (folder) => {
    const path = releasePath('dr', service);
    const [, previous = ''] = (await git(['log', '--format=%H', '-2', '--', path], folder)).trim().split('\n');
    expect((await script('region', 'seoul', 'off')).status).toBe(0);
    try {
      await git(['checkout', '--quiet', previous, '--', path], folder);
      await commitAndPush(folder, 'Back to the release before, while Seoul is gone\n');
      const earlier = parseRelease(readFileSync(join(folder, path), 'utf8'), service)?.commit;
      expect(earlier).not.toBe(inDr);
      await until('dr', 180, async () => (await servedCommit(service, 'dr')) === earlier);
    } finally {
      await script('region', 'seoul', 'on');
    }
  });
  await until('dev', 180, async () => (await servedCommit(service, 'dev')) === inDev);
}, 600_000);
