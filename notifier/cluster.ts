import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppsV1Api,
  CustomObjectsApi,
  type Informer,
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { notifiedAnnotation } from '../lib/kube/notified.ts';
import type { Application, Deployment, PipelineRun, TaskRun } from '../lib/kube/objects.ts';
import { type Log, reasonOf } from '../lib/log.ts';

export type Watched = PipelineRun | Application;
export type Kind = { group: string; version: string; plural: string; namespace: string };

export const PIPELINE_RUNS: Kind = { group: 'tekton.dev', version: 'v1', plural: 'pipelineruns', namespace: 'ci' };
export const APPLICATIONS: Kind = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'applications',
  namespace: 'argocd',
};

/** Runs and Applications of services; the platform's own (ci, notifier, platform) carry no such label. */
const OF_A_SERVICE = 'tickets.example/service';

/** One call to the API server; the client itself has no timeout. */
const CALL_MS = 20_000;
const RESYNC_MS = 300_000;

export type Cluster = ReturnType<typeof connect>;

/** The few things the notifier asks of Kubernetes. */
export function connect(config: KubeConfig, log: Log, resyncMs = RESYNC_MS) {
  const custom = config.makeApiClient(CustomObjectsApi);
  const apps = config.makeApiClient(AppsV1Api);

  const list = (kind: Kind) =>
    within(custom.listNamespacedCustomObject({ ...kind, labelSelector: OF_A_SERVICE })) as Promise<
      KubernetesListObject<KubernetesObject>
    >;

  return {
    /** Calls `seen` with every object now and at every change, and `gone` when one is deleted, until stopped; survives every error. */
    follow(kind: Kind, seen: (object: Watched) => void, gone: (object: Watched) => void) {
      let informer: (Informer<KubernetesObject> & { stop(): Promise<void> }) | undefined;
      let stopped = false;
      let listed = false;
      const ending = new AbortController();
      const path = `/apis/${kind.group}/${kind.version}/namespaces/${kind.namespace}/${kind.plural}`;

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
              return found;
            },
            OF_A_SERVICE,
          );
          informer = fresh;
          const broken = new Promise<unknown>((resolve) => fresh.on('error', resolve));
          const change = (object: KubernetesObject) => seen(object as unknown as Watched);
          fresh.on('add', change);
          fresh.on('update', change);
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

      // A watch that is silently dead (a half-open connection behind a load balancer) is made good by the next look.
      const resync = setInterval(() => {
        list(kind).then(
          ({ items }) => items.forEach((object) => void seen(object as unknown as Watched)),
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
    get: (kind: Kind, name: string): Promise<Watched | undefined> =>
      unlessMissing(within(custom.getNamespacedCustomObject({ ...kind, name })) as Promise<Watched>),

    /**
     * Writes the annotation if nobody has written the object since it was read. A merge patch of this one key touches nothing of
     * Tekton's or Argo CD's (both patch only their own fields of metadata, and an annotation that is not in git is no drift).
     */
    async annotate(kind: Kind, object: Watched, text: string): Promise<Watched | 'conflict' | 'gone'> {
      const { name, resourceVersion } = object.metadata;
      const body = { metadata: { resourceVersion, annotations: { [notifiedAnnotation]: text } } };
      const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      try {
        const parameters = { ...kind, name, body, fieldManager: 'notifier' };
        return (await within(custom.patchNamespacedCustomObject(parameters, mergePatch))) as Watched;
      } catch (error) {
        const code = codeOf(error);
        if (code === 409) return 'conflict';
        if (code === 404) return 'gone';
        throw error;
      }
    },

    async taskRuns(run: PipelineRun): Promise<TaskRun[]> {
      const { name, namespace } = run.metadata;
      const kind = { group: 'tekton.dev', version: 'v1', plural: 'taskruns', namespace };
      const found = await within(
        custom.listNamespacedCustomObject({ ...kind, labelSelector: `tekton.dev/pipelineRun=${name}` }),
      );
      return (found as { items: TaskRun[] }).items;
    },

    deployment: (namespace: string, name: string): Promise<Deployment | undefined> =>
      unlessMissing(
        within(apps.readNamespacedDeployment({ namespace, name })) as Promise<unknown> as Promise<Deployment>,
      ),
  };
}

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codeOf(error) === 404) return undefined;
    throw error;
  }
}

const codeOf = (error: unknown) => (error as { code?: unknown }).code;

async function within<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the API server did not answer within ${CALL_MS / 1000} s`)), CALL_MS);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

const once = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
