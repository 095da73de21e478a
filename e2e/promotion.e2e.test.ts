/** scripts/promote brings what dev runs to prod, and from there to dr, once. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { atOnce } from '../lib/at-once.ts';
import { notifiedAnnotation } from '../lib/kube/notified.ts';
import { parseRelease, releasePath, waitingRelease } from '../lib/release/releases.ts';
import { commitAndPush, servedCommit } from '../local/loop.ts';
import { sleep, until } from '../local/machine/process.ts';
import { application } from '../local/region/cluster.ts';
import { kubectl } from '../local/region/region.ts';
import { git, services } from '../local/seed/git.ts';
import { regionOf, regions, seoul } from '../local/topology.ts';
import { inClone } from './forge.ts';
import { bringUp, released, script, serves, tagsOf, upMs } from './platform.ts';
import { messagesOf } from './slack.ts';

const environments = ['prod', 'dr'];
/** What dev runs of each service. */
const commits: Record<string, string> = {};

/** Puts a release file back to the last release of another commit, or to none, where it has that of `commit` already. */
async function withdraw(folder: string, environment: string, service: string, commit: string): Promise<void> {
  const path = releasePath(environment, service);
  const isOther = (text: string) => parseRelease(text, service)?.commit !== commit;
  if (isOther(readFileSync(join(folder, path), 'utf8'))) return;
  for (const revision of (await git(['log', '--format=%H', '--', path], folder)).trim().split('\n')) {
    const text = await git(['show', `${revision}:${path}`], folder);
    if (isOther(text)) return writeFileSync(join(folder, path), text);
  }
  writeFileSync(join(folder, path), waitingRelease(service));
}

/** Whether `commit` is the release that the notifier last found deployed. */
async function isNotified(service: string, environment: string, commit: string): Promise<boolean> {
  const { metadata } = await application(`${service}-${environment}`, regionOf(environment));
  const text = metadata.annotations?.[notifiedAnnotation] ?? '{}';
  return Object.values(JSON.parse(text)).some((state) =>
    (state as { release?: string }).release?.startsWith(commit.slice(0, 12)),
  );
}

beforeAll(async () => {
  await bringUp();
  await atOnce(services.length, services, async (service) => {
    commits[service] = (await released(service)).commit;
  });
  await inClone('platform', async (folder) => {
    for (const service of services)
      for (const environment of environments) await withdraw(folder, environment, service, commits[service] as string);
    if ((await git(['status', '--porcelain'], folder)).trim() !== '')
      await commitAndPush(folder, 'Back to the releases before\n');
  });
  for (const service of services)
    for (const environment of environments)
      await until(`${service} in ${environment} with the release before, to its last pod`, 240, async () => {
        const commit = commits[service] as string;
        return (
          (await servedCommit(service, environment)) !== commit && !(await isNotified(service, environment, commit))
        );
      });
}, upMs + 600_000);

/** Promotes what dev runs, twice; waits until it is served and Slack was notified. */
async function promote(service: string, environment: string): Promise<void> {
  const commit = commits[service] as string;
  const notified = async () => (await messagesOf(commit)).filter(({ shown }) => shown.includes(environment)).length;
  const before = await notified();
  const first = await script('promote', service, environment);
  expect(first.output).toContain(service);
  expect(first.status).toBe(0);
  await serves(service, environment, commit);
  expect((await script('promote', service, environment)).output).toContain('unchanged');
  await until('Slack', 60, async () => (await notified()) === before + 1);
  // Long enough for a second message.
  await sleep(1500);
  expect(await notified()).toBe(before + 1);
}

describe('promotion', () => {
  /** Of all services side by side. Each test waits for its own. */
  const promotions = new Map<string, Promise<void>>();
  beforeAll(() => {
    for (const service of services) {
      let last = Promise.resolve();
      for (const environment of environments) {
        last = last.then(() => promote(service, environment));
        last.catch(() => undefined);
        promotions.set(`${service} ${environment}`, last);
      }
    }
  });

  test.each(services.flatMap((service) => environments.map((environment) => [service, environment] as const)))(
    'scripts/promote brings what dev runs of %s to %s, to dr by way of prod, once, and Slack is notified once',
    (service, environment) => promotions.get(`${service} ${environment}`),
    300_000,
  );

  test('an unknown service or environment is refused with what is allowed', async () => {
    const { status, output } = await script('promote', 'tiket', 'production');
    expect(status).toBe(2);
    expect(output).toContain('prod');
    expect(output).not.toContain('    at ');
  });
});

test('what environments run stays in both registries when what nothing retains is deleted', async () => {
  const name = `prune-${Date.now()}`;
  await kubectl(seoul, ['create', 'job', '-n', 'ci', name, '--from=cronjob/prune-images']);
  await kubectl(seoul, ['wait', '-n', 'ci', '--for=condition=complete', `job/${name}`, '--timeout=120s']);
  await kubectl(seoul, ['delete', 'job', '-n', 'ci', name]);
  for (const region of regions)
    for (const service of services) expect(await tagsOf(service, region)).toContain(commits[service]);
}, 180_000);
