import { type Placed, podSpecs } from './placed.ts';

type Toleration = { key?: string; operator?: string; value?: string };
/** The fields of a pod that decide its nodes, in a pod's spec and in a pod template of Tekton. */
type Nodes = { nodeSelector?: Record<string, string>; tolerations?: Toleration[] };

/**
 * On the nodes with this label and taint runs what was pushed, and nothing else: Tasks with a workspace are there, because a volume of a run
 * binds all that share it to one node; no other pod tolerates the taint. As Tekton does it, the template of a task stands before that of its
 * run, field by field.
 */
export function pushedCodeApart(tree: readonly Placed[], { key, value }: { key: string; value: string }): string[] {
  const tolerates = ({ tolerations = [] }: Nodes) =>
    tolerations.some((one) => (one.key ?? key) === key && (one.operator === 'Exists' || one.value === value));
  const isThere = (nodes: Nodes) => nodes.nodeSelector?.[key] === value && tolerates(nodes);
  const shared = new Set(
    tree
      .filter(({ object }) => object.kind === 'Task' && (object.spec.workspaces ?? []).length > 0)
      .map(({ object }) => object.metadata.name),
  );
  return tree.flatMap(({ path, object }) => {
    if (object.kind === 'NodePool') {
      const { metadata, spec } = object.spec.template;
      const labelled = metadata?.labels?.[key] === value;
      const tainted = (spec.taints ?? []).some(
        (taint: Toleration & { effect: string }) =>
          taint.key === key && taint.value === value && taint.effect === 'NoSchedule',
      );
      return labelled === tainted
        ? []
        : [`${path}: has the label or the taint ${key}=${value} alone; a pool of runs has both`];
    }
    if (object.kind === 'TriggerTemplate')
      return object.spec.resourcetemplates.flatMap(({ spec }: Placed['object']) =>
        spec.taskRunSpecs.flatMap(
          ({ pipelineTaskName: name, podTemplate }: { pipelineTaskName: string; podTemplate?: Nodes }) => {
            const nodes: Nodes = { ...spec.taskRunTemplate.podTemplate, ...podTemplate };
            if (shared.has(name))
              return isThere(nodes) ? [] : [`${path}: ${name} has a workspace and is not on the nodes ${key}=${value}`];
            return tolerates(nodes) || nodes.nodeSelector?.[key] !== undefined
              ? [`${path}: ${name} has no workspace and may be on the nodes ${key}=${value}`]
              : [];
          },
        ),
      );
    // A DaemonSet is the platform's, and on every node: its pods have nothing of a push, and nobody pushes to them.
    if (object.kind === 'DaemonSet') return [];
    return podSpecs(object)
      .filter((pod) => tolerates(pod as Nodes))
      .map(() => `${path}: tolerates the taint ${key}=${value}, which keeps everything else from the code of a push`);
  });
}
