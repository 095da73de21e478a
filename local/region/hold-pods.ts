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

export const arePodsHeld = async (region: Region, environment: string, by: By = fenceNames.quota): Promise<boolean> =>
  (await inside(region, ['get', 'quota', '--namespace', environment, '--output=name']))
    .split(/\s/)
    .some((name) => name.endsWith(`/${by}`));

type Quota = { metadata: { annotations?: Record<string, string> } };
type Secret = { data?: Record<string, string> };
/** Of the quota of a region's fence and the Secret that it reads, as JSON, '' where there is none: the epoch for which `heldBy` asks. */
export function epochOf(region: Pick<Region, 'name'>, quota: string, secret: string): number {
  const held = quota ? Number((JSON.parse(quota) as Quota).metadata.annotations?.[annotation.epoch] ?? 0) : 0;
  const { epoch = '', writer = '' } = secret ? ((JSON.parse(secret) as Secret).data ?? {}) : {};
  const [received, by] = [epoch, writer].map((value) => Buffer.from(value, 'base64').toString());
  return Math.max(held, by === region.name ? 0 : Number(received));
}
/**
 * The epoch by which the fence of a region holds the pods of an environment, or will at its next look: it lets them start for a later one only. 0: for
 * any. The quota alone would not do, because the fence looks every few seconds; nor would the Secret, because `up` writes it anew.
 */
export async function heldBy(region: Region, environment: string): Promise<number> {
  const get = (...args: string[]) => inside(region, ['get', ...args, '--ignore-not-found', '--output=json']);
  const { quota, writerSecret, fence } = fenceNames;
  const secret = await get('secret', writerSecret, '--namespace', fence);
  return epochOf(region, await get('quota', quota, '--namespace', environment), secret);
}

/** Lets them start again. */
export async function releasePods(region: Region, environment: string, by: By): Promise<void> {
  const at = ['--namespace', environment];
  await inside(region, ['delete', 'quota', by, ...at, '--ignore-not-found']);
  // Their controller has backed off for minutes by now, and looks at once at what changes.
  const released = `${annotation.released}=${Date.now()}`;
  await inside(region, ['annotate', 'replicasets', '--all', ...at, '--overwrite', released]);
}

/** Informs the fence of a region who writes: on AWS the External Secrets operator does, from a Secret that the state machine writes. */
export async function notifyFence(region: Region, writer: { region: string; epoch: number }): Promise<void> {
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
