/** What pods that run pushed code reach over the network is what docs/security.md says, and none fills what others need. */
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { succeeded } from '../lib/kube/objects.ts';
import { namespace } from '../local/machine/network.ts';
import { until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { services } from '../local/seed/git.ts';
import { listensOf } from '../local/stores/listens.ts';
import { entrance, host, ports, seoul, servicesPort, sonarqube, tokyo } from '../local/topology.ts';
import { webhookSecret } from '../overlays/secrets.ts';
import { inside } from '../overlays/sites/local.ts';
import {
  filler,
  type Images,
  networkOf,
  type Probe,
  pod,
  reachedFrom,
  reachedOf,
  seoulPod,
  stayingPod,
  unmark,
} from './boundary.ts';
import { deleteRun, object, podsOf, runsOf, stoppedAt } from './cluster.ts';
import { deliver, event } from './deliveries.ts';
import { bringUp, promoted, released, upMs } from './platform.ts';
import { type Source, sources, targets } from './reach.ts';

let image: string;
let machine: Server;
let probes: Probe[];
let fromNode: string[];
let found: Record<Source, string[]>;

beforeAll(async () => {
  await bringUp();
  await released('ticket');
  await promoted('ticket', 'prod');
  machine = createServer((_, answer) => answer.end()).listen(0, host.bridgeAddress);
  await until('a server of the machine', 5, async () => machine.listening);
  const { port: own } = machine.address() as { port: number };
  const name = (value: string) => `app.kubernetes.io/name=${value}`;
  const component = (value: string) => `app.kubernetes.io/component=${value}`;
  const [here, there] = [listensOf(seoul), listensOf(tokyo)];
  const addresses: Record<string, [string, number]> = {
    DNS: [await seoulPod('kube-system', 'k8s-app=kube-dns'), 53],
    'the internet': ['proxy.golang.org', 443],
    forge: [host.bridgeAddress, inside.forge.port],
    "Seoul's registry": [seoul.address, inside.registry.port],
    "Tokyo's registry": [tokyo.address, inside.registry.port],
    SonarQube: [sonarqube.address, sonarqube.port],
    'Slack stand-in': [host.bridgeAddress, inside.slack.port],
    'ticket in dev': [await seoulPod('dev', name('ticket')), 8080],
    'ticket in prod': [await seoulPod('prod', name('ticket')), 8080],
    Kafka: [seoul.address, here.kafka],
    'DynamoDB of booking in dev': [seoul.address, here.dynamodb['dev-booking'] as number],
    'DynamoDB of booking in prod': [seoul.address, here.dynamodb['prod-booking'] as number],
    'DynamoDB of live in dev': [seoul.address, here.dynamodb['dev-live'] as number],
    'DynamoDB of live in prod': [seoul.address, here.dynamodb['prod-live'] as number],
    S3: [seoul.address, here.s3],
    'PostgreSQL of dev': [seoul.address, here.postgres.dev as number],
    'PostgreSQL of prod': [seoul.address, here.postgres.prod as number],
    "Tokyo's Kafka": [tokyo.address, there.kafka],
    "Tokyo's DynamoDB of live in prod": [tokyo.address, there.dynamodb['prod-live'] as number],
    "Tokyo's S3": [tokyo.address, there.s3],
    "Tokyo's PostgreSQL of prod": [tokyo.address, there.postgres.prod as number],
    'API server': [seoul.address, 6443],
    "Tokyo's API server": [tokyo.address, 6443],
    kubelet: [seoul.address, 10250],
    EventListener: [await seoulPod('ci', 'eventlistener=git'), 8080],
    "Triggers' interceptors": [await seoulPod('tekton-pipelines', component('interceptors')), 8443],
    "Tekton's admission webhook": [
      await seoulPod('tekton-pipelines', `${component('webhook')},app=tekton-pipelines-webhook`),
      8443,
    ],
    "Argo CD's repo-server": [await seoulPod('argocd', name('argocd-repo-server')), 8081],
    "Argo CD's Redis": [await seoulPod('argocd', name('argocd-redis')), 6379],
    "Argo CD's API": [await seoulPod('argocd', name('argocd-server')), 8080],
    notifier: [await seoulPod('notifier', name('notifier')), 8080],
    'metrics-server': [await seoulPod('kube-system', 'k8s-app=metrics-server'), 10250],
    "Seoul's ingress": [seoul.address, 80],
    "Tokyo's ingress": [tokyo.address, 80],
    "services at Seoul's ingress": [seoul.address, servicesPort],
    "services at Tokyo's ingress": [tokyo.address, servicesPort],
    'the entrance': [entrance.address, Number(ports.site.to.split(':')[1])],
    'the machine': [host.bridgeAddress, own],
  };
  expect(Object.keys(addresses)).toEqual(Object.keys(targets));
  probes = Object.entries(addresses).map(([name, [host, port]]) => ({ name, host, port }));
  fromNode = await reachedFrom(`/run/netns/${namespace(seoul)}`, probes, false);
  const imageOf = async (name: string, namespace: string): Promise<string> =>
    (await object(seoul, 'deployment', name, '-n', namespace)).spec.template.spec.containers[0].image;
  const images: Images = { node: await imageOf('notifier', 'notifier'), ticket: await imageOf('ticket', 'dev') };
  image = images.node;
  const stamp = Date.now();
  const all = Object.keys(sources) as Source[];
  const nameOf = (source: Source) => `boundary-${source}-${stamp}`;
  const items = all.map((source) => pod(source, nameOf(source), images, probes));
  await kubectl(seoul, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  // The machine's resolver answers no pod.
  const { address } = await lookup('proxy.golang.org', 4);
  const resolved = probes.map((probe) => (probe.name === 'the internet' ? { ...probe, host: address } : probe));
  try {
    found = Object.fromEntries(
      await Promise.all(
        all.map(async (source) => {
          const which = ['-n', sources[source], nameOf(source)];
          const isTask = sources[source] === 'ci';
          const { uid } = await until(`the pod of ${source}`, 90, async () => {
            const { metadata, status } = await object(seoul, 'pod', ...which);
            return (isTask ? ['Succeeded', 'Failed'] : ['Running']).includes(status.phase) ? metadata : undefined;
          });
          if (!isTask) return [source, await reachedFrom(networkOf(uid), resolved, true)] as const;
          return [source, reachedOf(await kubectl(seoul, ['logs', ...which]))] as const;
        }),
      ),
    ) as Record<Source, string[]>;
  } finally {
    await kubectl(
      seoul,
      ['delete', '--wait=false', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    );
  }
}, upMs + 600_000);
afterAll(() => {
  machine?.close();
});

test('whoever may reaches every target but the machine, so an answer that a pod does not get is withheld from it', () => {
  expect(fromNode).toEqual(Object.keys(targets).filter((target) => target !== 'the machine'));
});

test.each(Object.keys(sources) as Source[])(
  '%s reaches what the table of docs/security.md says, and nothing else',
  (source) => {
    expect(found[source]).toEqual(Object.keys(targets).filter((target) => targets[target]?.includes(source)));
  },
);

test('a packet that the rules of kube-router have not judged goes nowhere, allowed or not', async () => {
  const { ip, uid } = await stayingPod('dev', 'app.kubernetes.io/name=ticket');
  // What it sends to itself leaves by no interface.
  const others = probes.filter(({ host }) => host !== ip);
  const reached = () => reachedFrom(networkOf(uid), others, false);
  const allowed = await reached();
  expect(allowed).toContain('PostgreSQL of dev');
  const mark = await unmark(ip);
  try {
    expect(await reached()).toEqual([]);
  } finally {
    await mark();
  }
  await until('what it may reach', 60, async () => String(await reached()) === String(allowed));
}, 180_000);

test('the interceptors of Tekton Triggers get the Secrets that sign deliveries, and no other Secret of the cluster', async () => {
  const account = 'system:serviceaccount:tekton-pipelines:tekton-triggers-core-interceptors';
  const { items } = await object(seoul, 'secrets', '-A');
  const names = (items as { metadata: { namespace: string; name: string } }[]).map(({ metadata }) => metadata);
  const may = async (namespace: string, name: string) =>
    (
      await kubectl(seoul, ['auth', 'can-i', 'get', `secrets/${name}`, '-n', namespace, `--as=${account}`]).catch(
        () => 'no',
      )
    ).trim() === 'yes';
  const allowed: string[] = [];
  for (const { namespace, name } of names) if (await may(namespace, name)) allowed.push(`${namespace}/${name}`);
  // The last is its own: its key and certificate.
  expect(allowed.sort()).toEqual([
    ...services.map((service) => `ci/${webhookSecret(service)}`).sort(),
    'tekton-pipelines/tekton-triggers-core-interceptors-certs',
  ]);
}, 120_000);

test('a run over the number of its service waits, without a pod, and starts when there is room', async () => {
  const taken = `taken-${Date.now()}`;
  const claim = (n: number) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `${taken}-${n}`, namespace: 'ci', labels: { taken } },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'run-ticket',
      resources: { requests: { storage: '16Mi' } },
    },
  });
  // Of a commit that no repository has: it ends at once.
  const commit = randomBytes(20).toString('hex');
  try {
    const fill = async () => {
      for (let n = 0; n < 99; n++) await kubectl(seoul, ['create', '-f', '-'], JSON.stringify(claim(n)));
    };
    await expect(fill()).rejects.toThrow('exceeded quota');
    await deliver({ body: JSON.stringify(event('ticket', commit)) });
    const waits = async () => succeeded((await runsOf(commit))[0])?.message?.includes('exceeded quota');
    await until('a run that waits', 60, waits, 500);
    expect(await podsOf(commit)).toEqual([]);
    await kubectl(seoul, ['delete', 'pvc', '-n', 'ci', '-l', `taken=${taken}`]);
    expect(await stoppedAt(commit)).toEqual(['git-clone']);
  } finally {
    await kubectl(seoul, ['delete', 'pvc', '-n', 'ci', '-l', `taken=${taken}`]);
    for (const { metadata } of await runsOf(commit)) await deleteRun(metadata.name, '--wait=false');
  }
}, 400_000);

describe('what fills its place', () => {
  const name = `filler-${Date.now()}`;
  const which = ['-n', 'ci', name];
  const remove = (kind: string) => kubectl(seoul, ['delete', kind, '--ignore-not-found', '--wait=false', ...which]);
  afterEach(async () => {
    await remove('pod');
    await remove('pvc');
  });
  const start = (...objects: object[]) =>
    kubectl(seoul, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const ends = () =>
    until('the end of what fills its place', 150, async () => {
      const { status } = await object(seoul, 'pod', ...which);
      return ['Succeeded', 'Failed'].includes(status.phase) ? status : undefined;
    });

  test('a volume takes what was asked for it and no more, and whoever writes more gets an error', async () => {
    const spec = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'run-ticket',
      resources: { requests: { storage: '32Mi' } },
    };
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ci' }, spec };
    await start(claim, filler(name, image, { persistentVolumeClaim: { claimName: name } }));
    expect((await ends()).phase).toBe('Failed');
    expect(await kubectl(seoul, ['logs', ...which])).toMatch(/^written (?:2[0-9]|3[0-2]) MiB, then ENOSPC$/m);
  }, 240_000);

  test('a pod that writes more to its node than its limit of ephemeral storage is evicted, and the reason says so', async () => {
    await start(filler(name, image, { emptyDir: {} }));
    const { reason, message } = await ends();
    expect([reason, message]).toEqual(['Evicted', expect.stringMatching(/ephemeral[\s\S]*limit/)]);
  }, 240_000);
});
