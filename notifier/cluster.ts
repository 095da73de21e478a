import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Informer,
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import { kubeClient, pathOf } from '../lib/kube/client.ts';
import { label } from '../lib/kube/labels.ts';
import { notifiedAnnotation } from '../lib/kube/notified.ts';
import {
  type Application,
  applications,
  type Deployment,
  deployments,
  type PipelineRun,
  pipelineRuns,
  type Resource,
  type TaskRun,
  taskRuns,
} from '../lib/kube/objects.ts';
import { type Log, reasonOf } from '../lib/log.ts';

export type Watched = PipelineRun | Application;
export type Kind = Resource<Watched> & { namespace: string };

/** What can be watched; a cluster where no pipelines run knows no PipelineRun. */
export const kinds = {
  pipelineruns: { ...pipelineRuns, namespace: 'ci' } as Kind,
  applications: { ...applications, namespace: 'argocd' } as Kind,
};
export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds);
export const isKindName = (name: string): name is KindName => Object.hasOwn(kinds, name);

/** Runs and Applications of services; the platform's own (ci, notifier, platform) carry no such label. */
const OF_A_SERVICE = label.service;

const RESYNC_MS = 300_000;

export type Cluster = ReturnType<typeof connect>;

/** The few things the notifier asks of Kubernetes. */
export function connect(config: KubeConfig, log: Log, resyncMs = RESYNC_MS) {
  const client = kubeClient(config);
  const list = ({ namespace, ...resource }: Kind) => client.page(resource, namespace, { labelSelector: OF_A_SERVICE });

  return {
    /** Calls `changed` with every object now and at every change, and `gone` when one is deleted, until stopped; survives every error. */
    follow(kind: Kind, changed: (object: Watched) => void, gone: (object: Watched) => void) {
      let informer: (Informer<KubernetesObject> & { stop(): Promise<void> }) | undefined;
      let stopped = false;
      let listed = false;
      const ending = new AbortController();
      const path = pathOf(kind, kind.namespace);

      // The informer stops at any error but 410 and keeps its resourceVersion, with which an API server restored from a backup
      // can answer for ever that it is too large. So each error makes a new informer, which lists first.
      const run = async () => {
        for (let failures = 0; !stopped; ) {
          const fresh = makeInformer<KubernetesObject>(
            config,
            path,
            async () => {
              const found = await list(kind);
              listed = true;
              failures = 0;
              return found as unknown as KubernetesListObject<KubernetesObject>;
            },
            OF_A_SERVICE,
          );
          informer = fresh;
          const broken = new Promise<unknown>((resolve) => fresh.on('error', resolve));
          const pass = (object: KubernetesObject) => changed(object as unknown as Watched);
          fresh.on('add', pass);
          fresh.on('update', pass);
          fresh.on('delete', (object) => gone(object as unknown as Watched));
          const started = fresh.start().then(
            () => broken,
            (error: unknown) => error,
          );
          const error = await Promise.race([broken, started, once(ending.signal)]);
          await fresh.stop();
          if (stopped) return;
          listed = false;
          const waitMs = Math.min(30_000, 500 * 2 ** Math.min(failures++, 6));
          log('warn', 'watch ended, listing again', { kind: kind.plural, reason: reasonOf(error), waitMs });
          await sleep(waitMs, undefined, { signal: ending.signal }).catch(() => {});
        }
      };
      const running = run();

      // The next list catches up on a watch that is silently dead (a half-open connection behind a load balancer).
      const resync = setInterval(() => {
        list(kind).then(
          ({ items }) => items.forEach(changed),
          (error) => log('warn', 'resync failed', { kind: kind.plural, reason: reasonOf(error) }),
        );
      }, resyncMs);
      resync.unref();

      return {
        isReady: () => listed,
        async stop() {
          stopped = true;
          clearInterval(resync);
          ending.abort();
          await informer?.stop();
          await running;
        },
      };
    },

    /** The object as it is now; undefined when it is no more. */
    get: ({ namespace, ...resource }: Kind, name: string) => client.get(resource, namespace, name),

    /**
     * Writes the annotation if nobody has written the object since it was read. A merge patch of this one key touches nothing of
     * Tekton's or Argo CD's (both patch only their own fields of metadata, and an annotation that is not in git is no drift).
     */
    annotate: ({ namespace: _, ...resource }: Kind, object: Watched, text: string) =>
      client.annotate(resource, object, { [notifiedAnnotation]: text }, 'notifier'),

    taskRuns: ({ metadata: { name, namespace } }: PipelineRun): Promise<TaskRun[]> =>
      client.list(taskRuns, namespace, { labelSelector: `tekton.dev/pipelineRun=${name}` }),

    deployment: (namespace: string, name: string): Promise<Deployment | undefined> =>
      client.get(deployments, namespace, name),
  };
}

const once = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
