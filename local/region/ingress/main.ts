/**
 * The ingress of the embedded platform: our own reverse proxy for the Ingress objects of a region, because no ingress controller builds
 * from the Go module proxy (Traefik's modules are incomplete there). It is not Traefik, but reads the same objects: host and prefix
 * rules, and of the Middlewares in Traefik's annotation `buffering.maxRequestBodyBytes` and `rateLimit` by host. It writes its address into the status of each
 * Ingress, which makes it healthy for Argo CD.
 */

import { createServer } from 'node:http';
import {
  CoreV1Api,
  CustomObjectsApi as Custom,
  type CustomObjectsApi,
  KubeConfig,
  makeInformer,
  NetworkingV1Api,
  type V1Ingress,
} from '@kubernetes/client-node';
import { inside } from '../../../overlays/sites/local.ts';
import { newMetrics } from './metrics.ts';
import { bucket, proxy, type Route } from './proxy.ts';

const address = process.env.ADDRESS as string;
/** The platform's own hosts are at port 80; services are at a port of their own, which the entrance reaches and people do not. */
const platformHosts = (process.env.PLATFORM_HOSTS ?? '').split(' ');
const servicesPort = Number(process.env.SERVICES_PORT);
const annotation = 'traefik.ingress.kubernetes.io/router.middlewares';

type Rule = {
  host: string;
  path: string;
  service: { namespace: string; name: string; port: number | string };
  maxBody?: number;
  takes?: () => boolean;
};

const log = (message: string, more: object = {}) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), message, ...more }));
const ingresses = new Map<string, V1Ingress>();
const limits = new Map<string, { maxBody?: number; takes?: () => boolean }>();
const services = new Map<string, { ip: string; ports: Map<string, number> }>();

/** The current rules, longest path first. */
function rules(): Rule[] {
  const found: Rule[] = [];
  for (const ingress of ingresses.values()) {
    const namespace = ingress.metadata?.namespace ?? '';
    const names = (ingress.metadata?.annotations?.[annotation] ?? '')
      .split(',')
      .map((name) => name.trim().replace(/@kubernetescrd$/, ''));
    const ofRule = names.flatMap((name) => limits.get(name) ?? []);
    const bodies = ofRule.flatMap(({ maxBody }) => maxBody ?? []);
    const buckets = ofRule.flatMap(({ takes }) => takes ?? []);
    for (const rule of ingress.spec?.rules ?? [])
      for (const path of rule.http?.paths ?? []) {
        const backend = path.backend.service;
        if (!backend) continue;
        found.push({
          host: rule.host ?? '',
          path: path.path ?? '/',
          service: { namespace, name: backend.name, port: backend.port?.number ?? backend.port?.name ?? 80 },
          ...(bodies.length > 0 ? { maxBody: Math.min(...bodies) } : {}),
          ...(buckets.length > 0 ? { takes: () => buckets.every((takes) => takes()) } : {}),
        });
      }
  }
  return found.sort((a, b) => b.path.length - a.path.length);
}

const covers = (path: string, prefix: string) =>
  prefix === '/' || path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);

function route(host: string, path: string): Route {
  const rule = rules().find((rule) => rule.host === host && covers(path, rule.path));
  if (!rule) return { status: 404, words: `no Ingress for ${host}${path}` };
  const { namespace, name, port } = rule.service;
  const service = services.get(`${namespace}/${name}`);
  const number = typeof port === 'number' ? port : service?.ports.get(port);
  if (!service || !number) return { status: 503, words: `no Service ${namespace}/${name}:${port}` };
  if (rule.takes && !rule.takes()) return { status: 429, words: `too many requests for ${host}` };
  const backend = `${namespace}-${name}-${port}@kubernetes`;
  return { name, host: service.ip, port: number, maxBody: rule.maxBody, backend };
}

const config = new KubeConfig();
config.loadFromFile('/state/admin.kubeconfig');
const networking = config.makeApiClient(NetworkingV1Api);
const core = config.makeApiClient(CoreV1Api);
const custom: CustomObjectsApi = config.makeApiClient(Custom);

async function publish(ingress: V1Ingress): Promise<void> {
  const { name = '', namespace = '' } = ingress.metadata ?? {};
  if (ingress.status?.loadBalancer?.ingress?.[0]?.ip === address) return;
  await networking.patchNamespacedIngressStatus({
    name,
    namespace,
    body: [{ op: 'add', path: '/status', value: { loadBalancer: { ingress: [{ ip: address }] } } }],
  });
}

function watch<T extends { metadata?: { name?: string; namespace?: string } }>(
  path: string,
  list: () => Promise<{ items: T[] }>,
  put: (key: string, object: T) => void,
  remove: (key: string) => void,
): void {
  const key = (object: T) => `${object.metadata?.namespace}/${object.metadata?.name}`;
  // biome-ignore lint/suspicious/noExplicitAny: the informer requires a list type that custom objects lack
  const informer = makeInformer<any>(config, path, list as any);
  informer.on('add', (object: T) => put(key(object), object));
  informer.on('update', (object: T) => put(key(object), object));
  informer.on('delete', (object: T) => remove(key(object)));
  informer.on('error', () => setTimeout(() => informer.start().catch(() => undefined), 1000));
  const begin = () => informer.start().catch(() => setTimeout(begin, 1000));
  begin();
}

watch(
  '/apis/networking.k8s.io/v1/ingresses',
  () => networking.listIngressForAllNamespaces(),
  (key, ingress) => {
    ingresses.set(key, ingress);
    publish(ingress).catch((error) => log('status not written', { ingress: key, error: error.message }));
  },
  (key) => ingresses.delete(key),
);
watch(
  '/api/v1/services',
  () => core.listServiceForAllNamespaces(),
  (key, service) =>
    services.set(key, {
      ip: service.spec?.clusterIP ?? '',
      ports: new Map((service.spec?.ports ?? []).map(({ name = '', port }) => [name, port])),
    }),
  (key) => services.delete(key),
);
type Middleware = {
  metadata: { name: string; namespace: string };
  spec: { buffering?: { maxRequestBodyBytes?: number }; rateLimit?: { average?: number; burst?: number } };
};
watch<Middleware>(
  '/apis/traefik.io/v1alpha1/middlewares',
  () =>
    custom.listClusterCustomObject({ group: 'traefik.io', version: 'v1alpha1', plural: 'middlewares' }) as Promise<{
      items: Middleware[];
    }>,
  (_, { metadata, spec }) => {
    // Traefik names a Middleware of another provider `<namespace>-<name>@kubernetescrd`.
    const name = `${metadata.namespace}-${metadata.name}`;
    const { average, burst = 1 } = spec.rateLimit ?? {};
    const maxBody = spec.buffering?.maxRequestBodyBytes;
    limits.set(name, { ...(maxBody ? { maxBody } : {}), ...(average ? { takes: bucket(average, burst) } : {}) });
  },
  (key) => limits.delete(key.replace('/', '-')),
);
const metrics = newMetrics();
// For Prometheus; not at the port of the callers.
createServer((_, response) =>
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.text()),
).listen(inside.metrics.ingress, address);
const listen = (port: number, has: (host: string) => boolean) =>
  createServer(
    // Whoever keeps a connection closes it first: a request on one that is being closed gets no answer.
    { headersTimeout: 10_000, keepAliveTimeout: 75_000 },
    proxy(
      (host, path) => (has(host) ? route(host, path) : { status: 404, words: `${host} is not at this port` }),
      metrics.observe,
    ),
  ).listen(port, () => log('listening', { port, address }));
listen(80, (host) => platformHosts.includes(host));
listen(servicesPort, (host) => !platformHosts.includes(host));
