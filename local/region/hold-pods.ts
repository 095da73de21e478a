import { binary } from '../engines/engines.ts';
import { namespace } from '../machine/network.ts';
import { run } from '../machine/process.ts';
import type { Region } from '../topology.ts';
import { kubeconfig } from './region.ts';

const quota = 'no-pods';

/** As the region's administrator and in the region's network, so also while it is cut off. */
const inside = (region: Region, ...args: string[]) =>
  run('nsenter', [
    `--net=/run/netns/${namespace(region)}`,
    binary('kubernetes', 'kubectl'),
    `--kubeconfig=${kubeconfig(region)}`,
    ...args,
  ]);
const ofServices = (environment: string) => [
  '--namespace',
  environment,
  '--selector',
  'app.kubernetes.io/part-of=tickets',
];

/** Ends the pods of the services of an environment, and lets none start: Argo CD restores no quota that git does not have. Idempotent. */
export async function holdPods(region: Region, environment: string): Promise<void> {
  await inside(region, 'create', 'quota', quota, '--namespace', environment, '--hard=pods=0').catch((error: Error) => {
    if (!/already exists/.test(error.message)) throw error;
  });
  await inside(region, 'delete', 'pods', ...ofServices(environment), '--force', '--grace-period=0', '--wait=false');
}

export const arePodsHeld = async (region: Region, environment: string): Promise<boolean> =>
  (await inside(region, 'get', 'quota', '--namespace', environment, '--output=name')).includes(`/${quota}`);

/** Lets them start again. */
export async function releasePods(region: Region, environment: string): Promise<void> {
  await inside(region, 'delete', 'quota', quota, '--namespace', environment, '--ignore-not-found');
  // Their controller has backed off for minutes by now, and looks at once at what changes.
  await inside(
    region,
    'annotate',
    'replicasets',
    ...ofServices(environment),
    '--overwrite',
    `platform/released-at=${Date.now()}`,
  );
}
