import { createHash } from 'node:crypto';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { restrictedPodWithVolumes } from '../lib/kube/pod-security.ts';
import { quantity, type Resources, resourceRequirements } from '../lib/kube/resources.ts';
import {
  envOf,
  metadataOf,
  onlyBy,
  type PlatformPod,
  platformAccount,
  podTemplate,
  portsOf,
  serviceOf,
  singleton,
} from './platform-pod.ts';

/** A program of others that serves the platform: one replica, or one on each node, without any right but those that are bound to its account. */
export type Program = {
  name: string;
  image: string;
  args: string[];
  env?: Record<string, string>;
  /** The first is the one that probes ask. */
  ports: Record<string, number>;
  health: { live: string; ready: string };
  resources: Resources;
  /** Files by their folder: file name → content. A change starts the pod anew. */
  files?: Record<string, Record<string, string>>;
  /** Folders that it writes, each with its size; `claim`: a volume that outlives the pod. */
  data?: { path: string; size: string; claim?: { storageClass: string } }[];
  /** It calls the API server as its account. */
  callsApi?: boolean;
  /** Nodes that it needs, by labels. */
  nodes?: Record<string, string>;
  /** On every node, but for those with a taint. */
  everywhere?: boolean;
  ingress: k8s.NetworkPolicyIngressRule[];
  egress: k8s.NetworkPolicyEgressRule[];
};

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
/** A name for a volume: of the folder's last part. */
const volumeOf = (path: string): string => path.split('/').filter(Boolean).join('-');

export function program(scope: Construct, given: Program): void {
  const { name, image, args, env = {}, ports, health, resources, files = {}, data = [], nodes = {} } = given;
  const metadata = metadataOf(name);
  const [asked] = Object.keys(ports) as [string];
  const configs = Object.entries(files).map(([path, content]) => ({
    path,
    content,
    config: `${name}-${volumeOf(path)}`,
  }));
  platformAccount(scope, name);
  for (const { config, content } of configs)
    new k8s.KubeConfigMap(scope, `${config}-config`, {
      metadata: { ...metadata, name: config },
      data: content,
    });

  const probe = (path: string): k8s.Probe => ({
    httpGet: { path, port: k8s.IntOrString.fromString(asked) },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  });
  const held = data.filter(({ claim }) => claim);
  for (const { path, size, claim } of held)
    new k8s.KubePersistentVolumeClaim(scope, `${name}-claim`, {
      metadata: { ...metadata, name: `${name}-${volumeOf(path)}` },
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(claim ? { storageClassName: claim.storageClass } : {}),
        resources: { requests: { storage: quantity(size) } },
      },
    });
  const hasVolumes = configs.length + data.length > 0;
  const pod: PlatformPod = {
    ...{ name, nodes, callsApi: given.callsApi ?? false, terminationGracePeriodSeconds: 30 },
    security: restrictedPodWithVolumes,
    ...(configs.length > 0 ? { annotations: { 'tickets.example/config': hash(files) } } : {}),
    container: {
      ...{ image, args, ports: portsOf(ports) },
      ...(Object.keys(env).length > 0 ? { env: envOf(env) } : {}),
      resources: resourceRequirements(
        resources,
        data.filter(({ claim }) => !claim).map(({ size }) => size),
      ),
      livenessProbe: probe(health.live),
      readinessProbe: probe(health.ready),
      ...(hasVolumes
        ? {
            volumeMounts: [
              ...configs.map(({ path }) => ({ name: volumeOf(path), mountPath: path, readOnly: true })),
              ...data.map(({ path }) => ({ name: volumeOf(path), mountPath: path })),
            ],
          }
        : {}),
    },
    ...(hasVolumes
      ? {
          volumes: [
            ...configs.map(({ path, config }) => ({ name: volumeOf(path), configMap: { name: config } })),
            ...data.map(({ path, size, claim }) => ({
              name: volumeOf(path),
              ...(claim
                ? { persistentVolumeClaim: { claimName: `${name}-${volumeOf(path)}` } }
                : { emptyDir: { sizeLimit: quantity(size) } }),
            })),
          ],
        }
      : {}),
  };
  if (given.everywhere) {
    const spec = { selector: { matchLabels: metadata.labels }, template: podTemplate(pod) };
    new k8s.KubeDaemonSet(scope, `${name}-daemon-set`, { metadata, spec });
  } else {
    singleton(scope, pod);
    serviceOf(scope, name, ports);
  }
  onlyBy(scope, name, given);
}
