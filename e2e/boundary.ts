/** The pods of the story `boundary`, and the probe that they run. */
import { readFileSync } from 'node:fs';
import { podDefaults, restrictedContainer, restrictedPod, restrictedPodWithVolumes } from '../lib/kube/pod-security.ts';
import { namespace } from '../local/machine/network.ts';
import { run } from '../local/machine/process.ts';
import { rootfsFolder } from '../local/sandbox/rootfs.ts';
import { processes } from '../local/sandbox/sandbox.ts';
import { nodeBinary, type Region, seoul } from '../local/topology.ts';
import { object } from './cluster.ts';
import { type Source, sources } from './reach.ts';

export type Probe = { name: string; host: string; port: number };

/** Connects to each and prints the names of those that answered. Runs in a pod and on a node, so it is text. */
export const probe = `
const { connect } = require('node:net');
const targets = JSON.parse(process.env.TARGETS);
const reached = ({ host, port }) => new Promise((resolve) => {
  const socket = connect({ host, port });
  const end = (open) => { socket.destroy(); resolve(open); };
  // A new pod has its rules within two seconds, and a lost packet is sent again after one, three and seven.
  setTimeout(() => end(false), 8000);
  socket.on('connect', () => end(true)).on('error', () => end(false));
});
// Whoever is on the same bridge has an address of IPv6 by its MAC, which ARP names although IPv4 lets nothing through.
const neighbours = () => require('node:fs').readFileSync('/proc/net/arp', 'utf8').split('\\n').flatMap((line) => {
  const mac = /((?:[0-9a-f]{2}:){5}[0-9a-f]{2})/.exec(line)?.[1];
  if (!mac || mac === '00:00:00:00:00:00') return [];
  const [a, b, c, d, e, f] = mac.split(':').map((part) => Number.parseInt(part, 16));
  const of = (high, low) => (high * 256 + low).toString(16);
  const host = 'fe80::' + [of(a ^ 2, b), of(c, 255), of(254, d), of(e, f)].join(':') + '%eth0';
  return [80, 5000, 6379, 6443, 8080, 8081, 8443, 10250].map((port) => ({ name: 'IPv6 ' + host + ' ' + port, host, port }));
});
const tried = async (list) => (await Promise.all(list.map(async (target) => ((await reached(target)) ? [target.name] : [])))).flat();
tried(targets).then(async (found) => {
  if (process.env.IPV6) found.push(...(await tried(neighbours())));
  console.log('reached ' + JSON.stringify(found));
  process.exit();
});
`;

/** What a probe printed. */
export const reachedOf = (log: string): string[] => JSON.parse(/^reached (.*)$/m.exec(log)?.[1] ?? 'null') ?? [];

type Pod = { status: { podIP: string }; metadata: { uid: string; deletionTimestamp?: string } };

/** The images of the pods below: one with Node, and what runs of ticket. */
export type Images = { node: string; ticket: string };

/**
 * A pod with everything that makes the network treat it as one of `source`. In `ci` it runs the probe once. The namespaces of services take
 * no image but those of services, so there it is ticket itself, in whose network `reachedFrom` runs the probe. Never ready, so no Service names it.
 */
export const pod = (source: Source, name: string, images: Images, probes: readonly Probe[]): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: sources[source],
    labels:
      sources[source] === 'ci'
        ? { 'tekton.dev/taskRun': name, 'tekton.dev/pipelineTask': source }
        : { 'app.kubernetes.io/name': source },
  },
  spec: {
    ...podDefaults,
    restartPolicy: 'Never',
    readinessGates: [{ conditionType: 'tickets.example/never' }],
    securityContext: restrictedPod,
    ...(sources[source] === 'ci' ? {} : { serviceAccountName: 'ticket' }),
    containers: [
      {
        name: 'probe',
        ...(sources[source] === 'ci'
          ? {
              image: images.node,
              command: ['node', '-e', probe],
              env: [
                { name: 'TARGETS', value: JSON.stringify(probes) },
                { name: 'IPV6', value: 'yes' },
              ],
            }
          : { image: images.ticket }),
        securityContext: restrictedContainer,
        resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: '128Mi' } },
      },
    ],
  },
});

/** Writes 64 MiB to a volume that is smaller, and waits for whoever ends it. */
const fill = `
const { openSync, writeSync } = require('node:fs');
const file = openSync('/place/full', 'w');
let written = 0;
try {
  for (; written < 64; written++) writeSync(file, Buffer.alloc(2 ** 20, 1));
} catch ({ code }) {
  console.log('written ' + written + ' MiB, then ' + code);
  process.exit(1);
}
setTimeout(() => undefined, 140_000);
`;

/** A pod that fills a volume, with 32 MiB of its node's disk. */
export const filler = (name: string, image: string, volume: object): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'ci' },
  spec: {
    ...podDefaults,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    securityContext: restrictedPodWithVolumes,
    containers: [
      {
        name: 'fill',
        image,
        command: ['node', '-e', fill],
        volumeMounts: [{ name: 'place', mountPath: '/place' }],
        securityContext: restrictedContainer,
        resources: {
          requests: { cpu: '10m', memory: '48Mi', 'ephemeral-storage': '1Mi' },
          limits: { memory: '128Mi', 'ephemeral-storage': '32Mi' },
        },
      },
    ],
    volumes: [{ name: 'place', ...volume }],
  },
});

/** What a process of this machine reaches in a network namespace; only a pod has neighbours that its rules keep from it. */
export const reachedFrom = async (network: string, probes: readonly Probe[], isPod: boolean): Promise<string[]> =>
  reachedOf(
    await run('nsenter', [
      `--net=${network}`,
      'env',
      `TARGETS=${JSON.stringify(probes)}`,
      ...(isPod ? ['IPV6=yes'] : []),
      nodeBinary,
      '-e',
      probe,
    ]),
  );

/** The network namespace of a running pod of Seoul. */
export function networkOf(uid: string): string {
  const pid = processes(seoul.name).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/pod${uid}/`);
    } catch {
      return false; // it ended meanwhile
    }
  });
  if (pid === undefined) throw new Error(`pod ${uid}: no process of it runs`);
  return `/proc/${pid}/ns/net`;
}

/** Takes the mark of kube-router's rules from what a pod of Seoul sends, right after them. What it returns ends that. */
export async function unmark(ip: string): Promise<() => Promise<unknown>> {
  const node = [`--net=/run/netns/${namespace(seoul)}`, 'chroot', rootfsFolder('node')];
  const nft = (input: string) => run('nsenter', [...node, 'nft', '-f', '-'], { input });
  const chain = (hook: string) =>
    `chain ${hook} { type filter hook ${hook} priority filter + 5; ip saddr ${ip} meta mark set 0; }\n`;
  await nft(`table ip unjudged {\n${chain('forward')}${chain('input')}}\n`);
  return () => nft('delete table ip unjudged');
}

const running = async (region: Region, namespace: string, labels: string): Promise<Pod[]> =>
  (await object(region, 'pods', '-n', namespace, '-l', labels, '--field-selector=status.phase=Running')).items;
const none = (namespace: string, labels: string) => new Error(`${namespace}: no pod with ${labels} is running`);

/** The address of the one pod with these labels. */
export async function podAddress(region: Region, namespace: string, labels: string): Promise<string> {
  const [first] = await running(region, namespace, labels);
  if (!first) throw none(namespace, labels);
  return first.status.podIP;
}

/** A pod of Seoul with these labels that is not on its way out, as one is that the autoscaler takes away. */
export async function stayingPod(namespace: string, labels: string): Promise<{ uid: string; ip: string }> {
  const found = (await running(seoul, namespace, labels)).find(({ metadata }) => !metadata.deletionTimestamp);
  if (!found) throw none(namespace, labels);
  return { uid: found.metadata.uid, ip: found.status.podIP };
}

export const seoulPod = (namespace: string, labels: string) => podAddress(seoul, namespace, labels);
