import { fenceNames } from '../../jobs/fence/names.ts';
import { annotation } from '../../lib/kube/labels.ts';
import { binary } from '../engines/engines.ts';
import { namespace } from '../machine/network.ts';
import { run, until } from '../machine/process.ts';
import type { Region } from '../topology.ts';
import { kubeconfig } from './region.ts';

/** Who lets no pod start: the fence of the region or a failback, or a drill. The fence lets pods start again only by itself. */
type By = typeof fenceNames.quota | 'drill';

/** As the region's administrator and in the region's network, so also while it is cut off. */
const inside = (region: Region, args: readonly string[], input?: string) =>
  run(
    'nsenter',
    [
      `--net=/run/netns/${namespace(region)}`,
      binary('kubernetes', 'kubectl'),
      `--kubeconfig=${kubeconfig(region)}`,
      ...args,
    ],
    input === undefined ? {} : { input },
  );
const applied = (region: Region, objects: object[]) =>
  inside(
    region,
    ['apply', '--server-side', '--force-conflicts', '--field-manager=platform', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  );
const quotaObject = (environment: string, name: By, epoch?: number) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: {
    name,
    namespace: environment,
    ...(epoch === undefined ? {} : { annotations: { [annotation.epoch]: `${epoch}` } }),
  },
  spec: { hard: { pods: '0' } },
});

/** Lets no pod of an environment start, as the fence of the region would do by `epoch`. */
export const keepEmpty = (region: Region, environment: string, epoch: number): Promise<unknown> =>
  applied(region, [quotaObject(environment, fenceNames.quota, epoch)]);

/** Ends the pods of an environment to the last, and lets none start: Argo CD restores no quota that git does not have. Idempotent. */
export async function holdPods(region: Region, environment: string, by: By): Promise<void> {
  await applied(region, [quotaObject(environment, by)]);
  // Not 0: a pod that the API server has forgotten may still run, and write.
  const all = ['--all', '--namespace', environment, '--grace-period=1', '--timeout=60s'];
  await inside(region, ['delete', 'pods', ...all]);
}

export const arePodsHeld = async (region: Region, environment: string): Promise<boolean> =>
  (await inside(region, ['get', 'quota', '--namespace', environment, '--output=name'])).includes(
    `/${fenceNames.quota}`,
  );

/** Lets them start again. */
export async function releasePods(region: Region, environment: string, by: By): Promise<void> {
  const at = ['--namespace', environment];
  await inside(region, ['delete', 'quota', by, ...at, '--ignore-not-found']);
  // Their controller has backed off for minutes by now, and looks at once at what changes.
  const released = `${annotation.released}=${Date.now()}`;
  await inside(region, ['annotate', 'replicasets', '--all', ...at, '--overwrite', released]);
}

/** Informs the fence of a region who writes: on AWS the External Secrets operator does, from a Secret that the state machine writes. */
export async function tellFence(region: Region, writer: { region: string; epoch: number }): Promise<void> {
  const { fence: namespace, writerSecret: name } = fenceNames;
  const stringData = { epoch: `${writer.epoch}`, writer: writer.region };
  await applied(region, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData },
  ]);
}

/** Waits until the fence has ended the last pod of an environment. */
export async function fenced(region: Region, environment: string, seconds: number): Promise<void> {
  await until(
    `${region.name}: the fence ends the pods of ${environment} (kubectl logs -n fence deploy/fence says why not)`,
    seconds,
    async () =>
      (await arePodsHeld(region, environment)) &&
      (await inside(region, ['get', 'pods', '--namespace', environment, '--output=name'])).trim() === '',
    500,
  );
}
