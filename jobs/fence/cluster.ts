import {
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  type V1Pod,
  type V1ResourceQuota,
  type V1Secret,
} from '@kubernetes/client-node';
import { accountConfig, callerOf } from '../../lib/kube/client.ts';
import { annotation } from '../../lib/kube/labels.ts';
import { fenceNames } from './names.ts';

const { quota: quotaName } = fenceNames;

export type Cluster = ReturnType<typeof openCluster>;

/** `account` is the folder that the kubelet mounts into a pod, with the token and the API server's authority. */
export function openCluster({ api, account }: { api: string; account: string }) {
  const config = accountConfig(api, account);
  const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)];
  const call = callerOf(config);
  return {
    /** The values of a Secret. */
    async secret(namespace: string, name: string): Promise<Record<string, string>> {
      const { data = {} } = await call<V1Secret>(`get secrets ${name}`, (options) =>
        core.readNamespacedSecret({ namespace, name }, options),
      );
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      );
    },

    /** The epoch by which pods of a namespace are held; undefined where none are. */
    async heldSince(namespace: string): Promise<number | undefined> {
      const quota = await call<V1ResourceQuota, undefined>(
        `get resourcequotas ${quotaName}`,
        (options) => core.readNamespacedResourceQuota({ namespace, name: quotaName }, options),
        { 404: undefined },
      );
      return quota && Number(quota.metadata?.annotations?.[annotation.epoch] ?? 0);
    },

    /** Lets no pod of a namespace start. */
    async hold(namespace: string, epoch: number): Promise<void> {
      const body = {
        metadata: { name: quotaName, annotations: { [annotation.epoch]: `${epoch}` } },
        spec: { hard: { pods: '0' } },
      };
      await call(
        `create resourcequotas ${quotaName}`,
        (options) => core.createNamespacedResourceQuota({ namespace, body }, options),
        { 409: 'it is there' },
      );
    },

    /** Notes a later epoch by which pods are held. */
    async holdLonger(namespace: string, epoch: number): Promise<void> {
      const body = { metadata: { annotations: { [annotation.epoch]: `${epoch}` } } };
      await call(
        `patch resourcequotas ${quotaName}`,
        (options) => core.patchNamespacedResourceQuota({ namespace, name: quotaName, body }, options),
        { 404: 'gone' },
        { 'Content-Type': PatchStrategy.MergePatch },
      );
    },

    /** Ends every pod of a namespace, whatever made it. Gives how many there were. */
    async endPods(namespace: string): Promise<number> {
      const { items } = await call<{ items: V1Pod[] }>('list pods', (options) =>
        core.listNamespacedPod({ namespace }, options),
      );
      for (const { metadata } of items) {
        const name = metadata?.name as string;
        await call(
          `delete pods ${name}`,
          // Not 0: a pod that the API server has forgotten may still run, and write.
          (options) => core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 1 }, options),
          { 404: 'gone' },
        );
      }
      return items.length;
    },

    /** Lets pods start again. */
    async release(namespace: string): Promise<void> {
      await call(
        `delete resourcequotas ${quotaName}`,
        (options) => core.deleteNamespacedResourceQuota({ namespace, name: quotaName }, options),
        { 404: 'gone' },
      );
    },

    /** Has the controllers of pods look again, at once: they back off for minutes, and look at what changes. */
    async wake(namespace: string): Promise<void> {
      const { items } = await call<{ items: { metadata?: { name?: string } }[] }>('list replicasets', (options) =>
        apps.listNamespacedReplicaSet({ namespace }, options),
      );
      const body = { metadata: { annotations: { [annotation.released]: new Date().toISOString() } } };
      for (const { metadata } of items) {
        const name = metadata?.name as string;
        await call(
          `patch replicasets ${name}`,
          // Of the status: this account must not be able to change what runs.
          (options) => apps.patchNamespacedReplicaSetStatus({ namespace, name, body }, options),
          { 404: 'gone' },
          { 'Content-Type': PatchStrategy.MergePatch },
        );
      }
    },
  };
}
