/** What dies while a run goes on comes back, and the run ends as it should: forge, registry, controller, and every pod that is retried. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { resultOf } from '../lib/kube/objects.ts';
import { run, sleep, until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { git } from '../local/seed/git.ts';
import { seoul } from '../local/topology.ts';
import { noVolumes, object, podsOf, runsOf, started } from './cluster.ts';
import { inClone, push, shortHash } from './forge.ts';
import { arrives, bringUp, registryProcess, upMs } from './platform.ts';
import { messagesOf } from './slack.ts';

beforeAll(bringUp, upMs);

describe('of one run', () => {
  let commit: string;
  const killed = { forge: 0, registry: 0, controller: '' };
  const controllers = ['pod', '-n', 'tekton-pipelines', '-l', 'app=tekton-pipelines-controller'];
  const controllerPods = async () =>
    ((await object(seoul, ...controllers)).items as { metadata: { uid: string } }[]).map(
      ({ metadata }) => metadata.uid,
    );
  const isRunning = async (task: string) =>
    (await podsOf(commit)).some((pod) => pod.task === task && pod.status.phase === 'Running');

  beforeAll(async () => {
    commit = await push('ticket', 'While forge, controller and registry restart\n');
    await started(commit);
    for (const pid of (await run('pgrep', ['-f', '/forge/gitea web'])).trim().split('\n')) {
      process.kill(Number(pid), 'SIGKILL');
      killed.forge++;
    }
    await until('the build', 200, () => isRunning('kaniko-build'), 500);
    killed.controller = (await controllerPods()).join();
    await kubectl(seoul, ['delete', ...controllers, '--grace-period=0', '--force']);
    // While the image is pushed, again and again: whatever is half written.
    await until('the push', 400, () => isRunning('image-push'), 100);
    for (let n = 0; n < 5; n++) {
      const pid = registryProcess(seoul);
      if (pid !== undefined) {
        process.kill(pid, 'SIGKILL');
        killed.registry++;
      }
      await sleep(800);
    }
    await arrives('ticket', commit);
  }, 900_000);

  test('a forge and a registry that are killed in the middle of a run come back, and the run ends as it should', async () => {
    expect(killed.forge).toBeGreaterThan(0);
    expect(killed.registry).toBeGreaterThan(1);
    expect(resultOf((await runsOf(commit))[0], 'outcome')).toBe('released');
  });

  test('G24: a Tekton controller that is killed in the middle of a run takes it up again', async () => {
    expect(killed.controller).not.toBe('');
    expect((await controllerPods()).join()).not.toBe(killed.controller);
    expect(await runsOf(commit)).toHaveLength(1);
    expect(await messagesOf(commit)).toHaveLength(2);
  });
});

test('G24: with each pod that is tried again taken away once, the build by an eviction as when its node goes, a run ends as it should and leaves no volume', async () => {
  const evict = (name: string) => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'ci' } };
    const path = `/api/v1/namespaces/ci/pods/${name}/eviction`;
    return kubectl(seoul, ['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
  };
  const kill = (name: string) => kubectl(seoul, ['delete', 'pod', '-n', 'ci', name, '--grace-period=0', '--force']);
  const commit = await push('ticket', 'While every pod is taken away\n');
  const left = new Set([
    ...['git-clone', 'unit-test', 'kaniko-build', 'sonar-scan', 'trivy-scan'],
    ...['image-push', 'image-replicate', 'release'],
  ]);
  const struck: { task: string; uid: string }[] = [];
  const strike = async () => {
    for (const { task, metadata, status } of await podsOf(commit)) {
      if (status.phase !== 'Running' || !left.has(task)) continue;
      await (task === 'kaniko-build' ? evict : kill)(metadata.name);
      left.delete(task);
      struck.push({ task, uid: metadata.uid });
    }
    return left.size === 0;
  };
  const strikes = until('a pod of every task', 500, strike, 400);
  const [, { run: end }] = await Promise.all([strikes, arrives('ticket', commit, 500)]);
  expect([resultOf(end, 'outcome'), resultOf(end, 'replica')]).toEqual(['released', 'confirmed']);
  expect(await messagesOf(commit)).toHaveLength(2);
  const now = await podsOf(commit);
  for (const { task, uid } of struck)
    expect(now.filter((pod) => pod.task === task && pod.metadata.uid !== uid)).not.toEqual([]);
  const commits = await inClone('platform', (folder) =>
    git(['log', '--format=%h', `--grep=${shortHash(commit)}`], folder),
  );
  expect(commits.trim().split('\n')).toHaveLength(1);
  await noVolumes();
}, 700_000);
