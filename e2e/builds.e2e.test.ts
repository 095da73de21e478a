/** What code of a push can reach, and that a commit that is built again gives the same image, with cached layers and without. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { resultOf, succeeded, taskName } from '../lib/kube/objects.ts';
import { taskRuns } from '../local/region/cluster.ts';
import { deleteRun, ended, logOf, runTasks, started, taskOf } from './cluster.ts';
import { curious } from './contracts.ts';
import { deliver, event } from './deliveries.ts';
import { bringUp, type Released, release, released, upMs } from './platform.ts';

beforeAll(bringUp, upMs);

describe('live, whose tests and build look around', () => {
  let live: Released;
  test('tests and builds of a push find no credential, reach no metadata service, and are released', async () => {
    live = await release('live', 'Looks around\n', curious);
    expect(resultOf(live.run, 'outcome')).toBe('released');
  }, 480_000);

  test('the layers that later runs build on come of a build that sees nothing but the lock files, and are saved', async () => {
    expect(resultOf(await taskOf(live.commit, 'git-clone'), 'cache')).toBe('miss');
    // They come after the release, and the run ends with them.
    await ended(live.commit);
    for (const task of ['dependency-build', 'cache-save'])
      expect([task, succeeded(await taskOf(live.commit, task))?.status]).toEqual([task, 'True']);
  }, 300_000);

  test('a run that is started again builds the very same image, on cached layers, and releases nothing twice', async () => {
    const { commit, run: first } = live;
    // With its tasks: a new run of the same name would take those that are still there for its own.
    await deleteRun(first.metadata.name, '--cascade=foreground');
    expect(await deliver({ body: JSON.stringify(event('live', commit)) })).toBe(202);
    await started(commit);
    const second = await ended(commit);
    expect(succeeded(second)?.status).toBe('True');
    for (const name of ['image', 'release-commit']) expect(resultOf(second, name)).toBe(resultOf(first, name));
    expect(resultOf(await taskOf(commit, 'git-clone'), 'cache')).toBe('hit');
  }, 480_000);
});

test('without dependencies, too, a commit that is built again gives the same image', async () => {
  const { commit, digest } = await released('ticket');
  const run = await runTasks('ticket', commit, ['kaniko-build']);
  const tasks = await taskRuns(run.metadata.name);
  const named = (name: string) => tasks.find((task) => taskName(task) === name);
  expect([resultOf(named('git-clone'), 'cache'), resultOf(named('kaniko-build'), 'digest')]).toEqual(['none', digest]);
  await deleteRun(run.metadata.name, '--wait=false');
}, 300_000);

test('tests of Java use the layer cache', async () => {
  const { commit } = await released('booking');
  // Saves the layers of its dependencies where nothing has yet.
  const first = await runTasks('booking', commit, ['cache-save'], ['image-push']);
  const second = await runTasks('booking', commit, ['unit-test']);
  const tasks = await taskRuns(second.metadata.name);
  const named = (name: string) => tasks.find((task) => taskName(task) === name);
  expect(resultOf(named('git-clone'), 'cache')).toBe('hit');
  expect(await logOf(named('unit-test'), 'link-cache')).toContain('comes from the layer cache');
  expect(succeeded(second)?.status).toBe('True');
  for (const { metadata } of [first, second]) await deleteRun(metadata.name, '--wait=false');
}, 480_000);
