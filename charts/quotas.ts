import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Runs } from '../overlays/overlay.ts';

/** Nothing of ours is reached past the ingress: no port of a node, no load balancer. */
const behindIngress = { 'services.loadbalancers': 0, 'services.nodeports': 0 };

function quota(scope: Construct, namespace: string, hard: Record<string, number | string>): void {
  new k8s.KubeResourceQuota(scope, `resource-quota-${namespace}`, {
    metadata: { name: 'bounds', namespace },
    spec: {
      hard: Object.fromEntries(
        Object.entries(hard).map(([what, amount]) => [what, k8s.Quantity.fromString(String(amount))]),
      ),
    },
  });
}

/** An environment: the pods of its services, and no volumes, which nothing of theirs asks for. */
export function environmentQuota(scope: Construct, namespace: string, pods: number): void {
  quota(scope, namespace, { pods, persistentvolumeclaims: 0, 'requests.storage': 0, ...behindIngress });
}

/** Size of the volume of a run: sources, layers and image of a service. */
export const runVolume = '2Gi';
/** The StorageClass of a service's runs, by which the quota counts them. */
export const runClass = (service: string): string => `run-${service}`;

/** At most three of a run's Tasks at a time, one that ran into its timeout and still ends, and Tekton's affinity assistant. */
const podsOfRun = 5;
/** Runs of a service, finished and waiting: `redeliver-pushes` leaves twenty of those that finished. */
const keptRuns = 100;
/** The EventListener, and the Jobs. Each may be there twice. */
const otherPods = 10;

/**
 * The namespace of runs. Each has one volume, made before anything else of it: so a quota of the volumes of a service is one of its runs at a
 * time. Tekton tries again to make a volume that is over it, ever more rarely, and the run waits without a pod meanwhile. So that nobody fills the
 * API server, and what lists runs, with waiting ones, their number has a bound, too: beyond it the head of main is redelivered until
 * there is room.
 */
export function runQuota(
  scope: Construct,
  namespace: string,
  services: readonly string[],
  { atOnce, volumes: { provisioner, parameters, binding } }: Runs,
): void {
  for (const service of services)
    new k8s.KubeStorageClass(scope, `storage-class-${service}`, {
      metadata: { name: runClass(service) },
      provisioner,
      ...(parameters ? { parameters } : {}),
      reclaimPolicy: 'Delete',
      volumeBindingMode: binding,
    });
  const runs = services.length * atOnce;
  quota(scope, namespace, {
    ...Object.fromEntries(
      services.map((service) => [`${runClass(service)}.storageclass.storage.k8s.io/persistentvolumeclaims`, atOnce]),
    ),
    'count/pipelineruns.tekton.dev': services.length * keptRuns,
    // Of no other class, and none larger.
    persistentvolumeclaims: runs,
    'requests.storage': `${runs * Number.parseInt(runVolume, 10)}Gi`,
    pods: runs * podsOfRun + otherPods,
    ...behindIngress,
  });
}
