import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import {
  ApiException,
  type ConfigurationOptions,
  CustomObjectsApi,
  KubeConfig,
  Observable,
  type ObservableMiddleware,
  PatchStrategy,
} from '@kubernetes/client-node';
import { reasonOf } from '../log.ts';
import type { ObjectMeta, Resource } from './objects.ts';

export const pathOf = ({ group, version, plural }: Resource<unknown>, namespace: string) =>
  `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;

export type Page<T> = { metadata: { resourceVersion?: string; continue?: string }; items: T[] };
export type ListOptions = {
  labelSelector?: string | undefined;
  /**
   * As the API server has them in memory, which is what its watchers know at that moment. Otherwise it reads and decodes everything of
   * the kind that etcd has, whatever the selector: 0.25 s of its time for the tasks of one run in ten.
   */
  fromCache?: boolean;
  /** objects a call; a PipelineRun is some 20 kB */
  pageSize?: number;
};

/** Milliseconds for one call, to the end of its answer; the library sets no limit. */
const CALL_MS = 20_000;

type CallOptions = { signal?: AbortSignal; callMs?: number };

/**
 * Makes one call to an API server. Errors name the server, the call and the API server's own words, and never a token. `signal` ends all
 * calls, for a program that has a time limit of its own.
 */
export function callerOf(config: KubeConfig, { signal, callMs = CALL_MS }: CallOptions = {}) {
  const server = config.getCurrentCluster()?.server ?? 'API server';

  /** `answers`: the HTTP statuses that are an answer and no error. */
  return async function call<T, A = never>(
    what: string,
    request: (options: ConfigurationOptions<ObservableMiddleware>) => Promise<unknown>,
    answers: Record<number, A> = {},
    headers: Record<string, string> = {},
  ): Promise<T | A> {
    const limit = AbortSignal.timeout(callMs);
    const middleware: ObservableMiddleware = {
      pre(context) {
        context.setSignal(signal ? AbortSignal.any([signal, limit]) : limit);
        for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
        return new Observable(Promise.resolve(context));
      },
      post: (context) => new Observable(Promise.resolve(context)),
    };
    try {
      return (await request({ middleware: [middleware], middlewareMergeStrategy: 'append' })) as T;
    } catch (error) {
      if (error instanceof ApiException && error.code in answers) return answers[error.code] as A;
      const reason = signal?.aborted
        ? 'no time left'
        : limit.aborted
          ? `no answer within ${callMs} ms`
          : wordsOf(error);
      throw new Error(`${server}: ${what}: ${reason}`);
    }
  };
}

export type Client = ReturnType<typeof kubeClient>;

/** The calls that programs here make to an API server for custom resources and Deployments. */
export function kubeClient(config: KubeConfig, options: CallOptions = {}) {
  const api = config.makeApiClient(CustomObjectsApi);
  const call = callerOf(config, options);

  function page<T>(
    { object: _, ...resource }: Resource<T>,
    namespace: string,
    { labelSelector, fromCache, pageSize }: ListOptions = {},
    from?: string,
  ): Promise<Page<T>> {
    const query = {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fromCache ? { resourceVersion: '0' } : {}),
      ...(pageSize === undefined ? {} : { limit: pageSize }),
      ...(from ? { _continue: from } : {}),
    };
    return call(`list ${resource.plural}`, (options) =>
      api.listNamespacedCustomObject({ ...resource, namespace, ...query }, options),
    );
  }

  return {
    page,

    async list<T>(resource: Resource<T>, namespace: string, options: ListOptions = {}): Promise<T[]> {
      const found: T[] = [];
      let next: string | undefined;
      do {
        const { items, metadata } = await page(resource, namespace, options, next);
        found.push(...items);
        next = metadata.continue;
      } while (next);
      return found;
    },

    /** The object as it is now; undefined where there is none. */
    get<T>({ object: _, ...resource }: Resource<T>, namespace: string, name: string): Promise<T | undefined> {
      return call<T, undefined>(
        `get ${resource.plural} ${name}`,
        (options) => api.getNamespacedCustomObject({ ...resource, namespace, name }, options),
        { 404: undefined },
      );
    },

    /** Merges annotations into the object, unless it has been written since it was read (`conflict`) or is no more (`gone`). */
    annotate<T extends { metadata: ObjectMeta }>(
      { object: _, ...resource }: Resource<T>,
      { metadata: { name, namespace, resourceVersion } }: T,
      annotations: Record<string, string>,
      fieldManager: string,
    ): Promise<T | 'conflict' | 'gone'> {
      const body = { metadata: { resourceVersion, annotations } };
      return call<T, 'conflict' | 'gone'>(
        `annotate ${resource.plural} ${name}`,
        (options) => api.patchNamespacedCustomObject({ ...resource, namespace, name, body, fieldManager }, options),
        { 404: 'gone', 409: 'conflict' },
        { 'Content-Type': PatchStrategy.MergePatch },
      );
    },

    /**
     * Deletes the object as it was read, and what it owns: in the background, or in the foreground, where the object itself stays to the
     * end. False where it has changed since, or is gone.
     */
    async delete(
      { object: _, ...resource }: Resource<unknown>,
      namespace: string,
      { name, uid, resourceVersion }: Pick<ObjectMeta, 'name' | 'uid' | 'resourceVersion'>,
      propagationPolicy: 'Background' | 'Foreground' = 'Background',
    ): Promise<boolean> {
      const body = { propagationPolicy, preconditions: { uid, resourceVersion } };
      const answer = await call<object, false>(
        `delete ${resource.plural} ${name}`,
        (options) => api.deleteNamespacedCustomObject({ ...resource, namespace, name, body }, options),
        { 404: false, 409: false },
      );
      return answer !== false;
    },
  };
}

/** For a pod: `folder` is where the kubelet mounts the account's token, which it renews, and the API server's authority. */
export function accountConfig(server: string, folder: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    // Over plain HTTP, as in tests, there is nothing to verify, and the library wants to hear that.
    { name: 'in-cluster', server, caFile: join(folder, 'ca.crt'), skipTLSVerify: server.startsWith('http:') },
    { name: 'account', authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } },
  );
  return config;
}

function wordsOf(error: unknown): string {
  if (error instanceof ApiException) return `${error.code} ${messageOf(error.body) ?? STATUS_CODES[error.code] ?? ''}`;
  // Its message quotes the text.
  if (error instanceof SyntaxError) return 'the reply is not JSON';
  return reasonOf(error);
}

/** The message of a Status, which the library hands over as an object or as text. */
function messageOf(body: unknown): string | undefined {
  try {
    const status = typeof body === 'string' ? JSON.parse(body) : body;
    return typeof status?.message === 'string' ? status.message : undefined;
  } catch {
    return undefined;
  }
}
