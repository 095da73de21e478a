import { createHash } from 'node:crypto';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { podDefaults, restrictedContainer, restrictedPodWithVolumes } from '../lib/kube/pod-security.ts';
import { priority } from '../lib/kube/priority.ts';
import { quantity, type Resources, resourceRequirements } from '../lib/kube/resources.ts';

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
  const labels = { 'app.kubernetes.io/name': name };
  const metadata = { name, labels };
  const [asked] = Object.keys(ports) as [string];
  const configs = Object.entries(files).map(([path, content]) => ({
    path,
    content,
    config: `${name}-${volumeOf(path)}`,
  }));
  new k8s.KubeServiceAccount(scope, `${name}-account`, { metadata, automountServiceAccountToken: false });
  for (const { config, content } of configs)
    new k8s.KubeConfigMap(scope, `${config}-config`, { metadata: { name: config, labels }, data: content });

  const probe = (path: string): k8s.Probe => ({
    httpGet: { path, port: k8s.IntOrString.fromString(asked) },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  });
  const held = data.filter(({ claim }) => claim);
  for (const { path, size, claim } of held)
    new k8s.KubePersistentVolumeClaim(scope, `${name}-claim`, {
      metadata: { name: `${name}-${volumeOf(path)}`, labels },
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(claim ? { storageClassName: claim.storageClass } : {}),
        resources: { requests: { storage: quantity(size) } },
      },
    });
  const template: k8s.PodTemplateSpec = {
    metadata: { labels, ...(configs.length > 0 ? { annotations: { 'tickets.example/config': hash(files) } } : {}) },
    spec: {
      serviceAccountName: name,
      priorityClassName: priority.service,
      ...(Object.keys(nodes).length > 0 ? { nodeSelector: nodes } : {}),
      ...podDefaults,
      automountServiceAccountToken: given.callsApi ?? false,
      securityContext: restrictedPodWithVolumes,
      terminationGracePeriodSeconds: 30,
      containers: [
        {
          name,
          image,
          args,
          ...(Object.keys(env).length > 0
            ? { env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }
            : {}),
          ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })),
          resources: resourceRequirements(
            resources,
            data.filter(({ claim }) => !claim).map(({ size }) => size),
          ),
          livenessProbe: probe(health.live),
          readinessProbe: probe(health.ready),
          securityContext: restrictedContainer,
          ...(configs.length + data.length > 0
            ? {
                volumeMounts: [
                  ...configs.map(({ path }) => ({ name: volumeOf(path), mountPath: path, readOnly: true })),
                  ...data.map(({ path }) => ({ name: volumeOf(path), mountPath: path })),
                ],
              }
            : {}),
        },
      ],
      ...(configs.length + data.length > 0
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
    },
  };
  const selector = { matchLabels: labels };
  if (given.everywhere) {
    new k8s.KubeDaemonSet(scope, `${name}-daemon-set`, { metadata, spec: { selector, template } });
  } else {
    new k8s.KubeDeployment(scope, `${name}-deployment`, {
      metadata,
      // Two at a time would write the same volume, or say everything twice.
      spec: { replicas: 1, strategy: { type: 'Recreate' }, revisionHistoryLimit: 5, selector, template },
    });
    new k8s.KubeService(scope, `${name}-service`, {
      metadata,
      spec: {
        selector: labels,
        ports: Object.entries(ports).map(([port, number]) => ({
          name: port,
          port: number,
          targetPort: k8s.IntOrString.fromString(port),
        })),
      },
    });
  }
  new k8s.KubeNetworkPolicy(scope, `${name}-network-policy`, {
    metadata,
    spec: {
      podSelector: selector,
      policyTypes: ['Ingress', 'Egress'],
      ...(given.ingress.length > 0 ? { ingress: given.ingress } : {}),
      egress: given.egress,
    },
  });
}
