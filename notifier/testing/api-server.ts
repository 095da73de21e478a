/** As much of the Kubernetes API as the notifier uses, with the faults that a real one shows: list, watch, get, merge patch. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { ObjectMeta } from '../../lib/kube/objects.ts';

type Stored = { apiVersion?: string; kind?: string; metadata: ObjectMeta };
/** What a test may hand in: the server fills in the rest. */
export type Given = { metadata: Partial<ObjectMeta> & { name: string; namespace: string } };
type Watcher = { collection: string; selector: string; response: ServerResponse };

export type ApiServer = Awaited<ReturnType<typeof startApiServer>>;

export async function startApiServer() {
  const objects = new Map<string, Stored>();
  let events: { version: number; collection: string; type: string; object: Stored }[] = [];
  let oldest = 0;
  let version = 100;
  const watchers = new Set<Watcher>();
  const requests: string[] = [];
  const unlistable = new Set<string>();
  /** Runs before a patch is applied: what another writer does at the worst moment. Returning a status answers with it instead. */
  let beforePatch: ((path: string) => number | undefined) | undefined;

  function write(collection: string, object: Stored, type: 'ADDED' | 'MODIFIED' | 'DELETED') {
    version += 1;
    const stored = structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
    const path = `${collection}/${object.metadata.name}`;
    if (type === 'DELETED') objects.delete(path);
    else objects.set(path, stored);
    events.push({ version, collection, type, object: stored });
    for (const watcher of watchers) deliver(watcher, type, stored, collection);
    return stored;
  }

  function deliver(watcher: Watcher, type: string, object: Stored, collection: string) {
    if (watcher.collection === collection && matches(watcher.selector, object)) {
      watcher.response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api');
    requests.push(`${request.method} ${pathname}${searchParams.has('watch') ? '?watch' : ''}`);
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const fault = (code: number, reason: string) =>
      answer(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: reason, reason, code });
    const [, collection, name] =
      /^(\/apis\/[^/]+\/[^/]+\/namespaces\/[^/]+\/[^/]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
    if (collection === undefined) return fault(404, 'NotFound');
    const selector = searchParams.get('labelSelector') ?? '';

    if (name !== undefined) {
      const stored = objects.get(pathname);
      if (request.method === 'PATCH') {
        let text = '';
        for await (const chunk of request) text += chunk;
        const code = beforePatch?.(pathname);
        if (code !== undefined) return fault(code, 'InternalError');
        const current = objects.get(pathname);
        if (!current) return fault(404, 'NotFound');
        if (request.headers['content-type'] !== 'application/merge-patch+json')
          return fault(415, 'UnsupportedMediaType');
        const patch = JSON.parse(text) as {
          metadata: { resourceVersion?: string; annotations: Record<string, string> };
        };
        const asked = patch.metadata.resourceVersion;
        if (asked !== undefined && asked !== current.metadata.resourceVersion) return fault(409, 'Conflict');
        const annotations = { ...current.metadata.annotations, ...patch.metadata.annotations };
        return answer(
          200,
          write(collection, { ...current, metadata: { ...current.metadata, annotations } }, 'MODIFIED'),
        );
      }
      return stored ? answer(200, stored) : fault(404, 'NotFound');
    }
    if (!searchParams.has('watch')) {
      if (unlistable.has(collection)) return fault(500, 'InternalError');
      const items = [...objects].filter(
        ([path, object]) => path.startsWith(`${collection}/`) && matches(selector, object),
      );
      return answer(200, {
        kind: 'List',
        metadata: { resourceVersion: String(version) },
        items: items.map(([, object]) => object),
      });
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const from = Number(searchParams.get('resourceVersion') ?? 0);
    if (from < oldest) {
      const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      return;
    }
    const watcher = { collection, selector, response };
    for (const event of events) if (event.version > from) deliver(watcher, event.type, event.object, event.collection);
    watchers.add(watcher);
    response.on('close', () => watchers.delete(watcher));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'test', server: address, skipTLSVerify: true }, { name: 'test' });

  return {
    config,
    requests,
    /** Collections of which no list is given. */
    unlistable,
    /** Creates the object or replaces its content, keeping annotations that others wrote. */
    put(collection: string, given: Given) {
      const path = `${collection}/${given.metadata.name}`;
      const known = objects.get(path);
      const metadata = {
        uid: known?.metadata.uid ?? `uid-${version}`,
        resourceVersion: '',
        creationTimestamp: '2026-11-23T10:00:00Z',
        ...given.metadata,
        annotations: { ...known?.metadata.annotations, ...given.metadata.annotations },
      };
      return write(collection, { ...given, metadata }, known ? 'MODIFIED' : 'ADDED');
    },
    get: (path: string) => objects.get(path),
    remove(path: string) {
      const known = objects.get(path);
      if (known) write(path.slice(0, path.lastIndexOf('/')), known, 'DELETED');
    },
    set beforePatch(hook: ((path: string) => number | undefined) | undefined) {
      beforePatch = hook;
    },
    get watches() {
      return watchers.size;
    },
    /** Cuts every watch in the middle of the stream, as a dying API server does. */
    dropWatches() {
      for (const { response } of watchers) response.destroy();
    },
    /** Forgets the past, as etcd's compaction does: the next watch from an old version is answered 410 Gone. */
    compact() {
      events = [];
      oldest = version + 1;
      version += 1;
    },
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function matches(selector: string, object: Stored): boolean {
  if (selector === '') return true;
  const [key = '', value] = selector.split('=', 2);
  const label = object.metadata.labels?.[key];
  return value === undefined ? label !== undefined : label === value;
}

export const PIPELINE_RUNS_PATH = '/apis/tekton.dev/v1/namespaces/ci/pipelineruns';
export const TASK_RUNS_PATH = '/apis/tekton.dev/v1/namespaces/ci/taskruns';
export const APPLICATIONS_PATH = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';
export const deploymentsPath = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
