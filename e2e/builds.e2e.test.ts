/** What code of a push can reach, and that a commit that is built again gives the same image, with cached layers and without. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type PipelineRun, resultOf, succeeded, type TaskRun, taskName } from '../lib/kube/objects.ts';
import { taskRuns } from '../local/region/cluster.ts';
import { deleteRun, ended, logOf, runTasks, started, taskOf } from './cluster.ts';
import { curious } from './contracts.ts';
import { deliver, event } from './deliveries.ts';
import { deleteBranch, pushBranch } from './forge.ts';
import { bringUp, type Released, release, released, upMs } from './platform.ts';

/** Named tasks of a run. */
const tasksOf = async (run: PipelineRun, ...names: string[]): Promise<(TaskRun | undefined)[]> => {
  const tasks = await taskRuns(run.metadata.name);
  return names.map((name) => tasks.find((task) => taskName(task) === name));
};

/** Runs the tests of booking when the layers of its dependencies have been saved, if nothing had saved them yet. */
async function testJava() {
  const branch = `java-${Date.now()}`;
  try {
    const commit = await pushBranch('booking', branch, () => undefined);
    const saving = await runTasks('booking', commit, ['cache-save'], ['image-push']);
    const testing = await runTasks('booking', commit, ['unit-test']);
    const [cloned, tested] = await tasksOf(testing, 'git-clone', 'unit-test');
    const log = await logOf(tested, 'link-cache');
    for (const { metadata } of [saving, testing]) await deleteRun(metadata.name, '--wait=false');
    return { cloned, tested, log };
  } finally {
    await deleteBranch('booking', branch);
  }
}
/** Beside the runs of live. */
let java: ReturnType<typeof testJava>;

beforeAll(async () => {
  await bringUp();
  java = testJava();
  // It may fail before its test awaits it.
  java.catch(() => undefined);
}, upMs);

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
    expect(await deliver({ body: JSON.stringify(event('live', commit)), signedBy: 'live' })).toBe(202);
    await started(commit);
    const second = await ended(commit);
    expect(succeeded(second)?.status).toBe('True');
    for (const name of ['image', 'release-commit']) expect(resultOf(second, name)).toBe(resultOf(first, name));
    expect(resultOf(await taskOf(commit, 'git-clone'), 'cache')).toBe('hit');
  }, 480_000);
});

test.each([
  // Whether they are saved yet is up to what ran before.
  ['ticket', ['hit', 'miss']],
  ['booking', ['hit']],
])(
  'a released commit of %s that is built again gives the same image',
  async (service, caches) => {
    // The layers of its dependencies are saved after a release, and by this.
    if (service === 'booking') await java;
    const { commit, digest } = await released(service);
    const run = await runTasks(service, commit, ['kaniko-build']);
    const [cloned, built] = await tasksOf(run, 'git-clone', 'kaniko-build');
    expect(caches).toContain(resultOf(cloned, 'cache'));
    expect(resultOf(built, 'digest')).toBe(digest);
    await deleteRun(run.metadata.name, '--wait=false');
  },
  480_000,
);

test('tests of Java use the layer cache', async () => {
  const { cloned, tested, log } = await java;
  expect(resultOf(cloned, 'cache')).toBe('hit');
  expect(log).toContain('comes from the layer cache');
  expect(succeeded(tested)?.status).toBe('True');
}, 480_000);
