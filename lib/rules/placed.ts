import type { Manifest } from '../kube/render.ts';

/** A rendered object and the file it is in. */
export type Placed = { path: string; object: Manifest };

/** A house rule: every fault of a rendered tree, as `<file>: <what is wrong>; <cure>`. */
export type Rule = (tree: readonly Placed[]) => string[];

// biome-ignore lint/suspicious/noExplicitAny: containers of Kubernetes and steps of Tekton, read field by field
type Container = any;

/** A pod's spec, in a workload or in an object that Tekton creates pods from. */
export type PodSpec = {
  containers?: Container[];
  initContainers?: Container[];
  serviceAccountName?: string;
  securityContext?: Container;
  volumes?: Container[];
};

/** The specs of all pods that Kubernetes itself creates from an object. */
export function podSpecs({ kind, spec }: Manifest): PodSpec[] {
  if (kind === 'Pod') return [spec];
  if (kind === 'CronJob') return [spec.jobTemplate.spec.template.spec];
  if (/^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet|Job)$/.test(kind)) return [spec.template.spec];
  return [];
}

export const containersOf = (pod: PodSpec): Container[] => [...(pod.initContainers ?? []), ...(pod.containers ?? [])];

/** The steps and sidecars of a Tekton Task, merged with its stepTemplate. */
export function stepsOf({ kind, apiVersion, spec }: Manifest): Container[] {
  if (kind !== 'Task' || !apiVersion.startsWith('tekton.dev/')) return [];
  const common = spec.stepTemplate ?? {};
  const steps = (spec.steps ?? []).map((step: Container) => ({ ...common, ...step }));
  return [...steps, ...(spec.sidecars ?? [])];
}

/** The pods of an object, whoever creates them: containers that run at the same time, init containers, volumes. */
export function podsOf(object: Manifest): { containers: Container[]; init: Container[]; volumes: Container[] }[] {
  const { kind, spec } = object;
  const steps = stepsOf(object).map(({ computeResources, ...step }) => ({ ...step, resources: computeResources }));
  const listeners = kind === 'EventListener' ? [spec.resources?.kubernetesResource?.spec?.template?.spec ?? {}] : [];
  return [
    ...(steps.length > 0 ? [{ containers: steps, init: [], volumes: spec.volumes ?? [] }] : []),
    ...[...podSpecs(object), ...listeners].map(({ containers = [], initContainers = [], volumes = [] }) => ({
      // Triggers wants no name there.
      containers: containers.map((container: Container) => ({ ...container, name: container.name || 'listener' })),
      init: initContainers,
      volumes,
    })),
  ];
}

/** Every value in an object with its path, such as `spec.template.spec.containers.0.image`. */
export function* leaves(value: unknown, path = ''): Generator<[string, unknown]> {
  if (value === null || typeof value !== 'object') yield [path, value];
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, path ? `${path}.${key}` : key);
}
