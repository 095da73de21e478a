import type { Rule } from './placed.ts';

/** Replicas in git would undo the autoscaler at every sync. */
export const noReplicasBesideAutoscaler: Rule = (tree) => {
  const of = (namespace: string, kind: string, name: string) => `${namespace}/${kind}/${name}`;
  const scaled = new Set(
    tree
      .filter(({ object }) => object.kind === 'HorizontalPodAutoscaler')
      .map(({ object: { metadata, spec } }) =>
        of(metadata.namespace, spec.scaleTargetRef.kind, spec.scaleTargetRef.name),
      ),
  );
  return tree
    .filter(({ object: { kind, metadata } }) => scaled.has(of(metadata.namespace, kind, metadata.name)))
    .filter(({ object }) => object.spec.replicas !== undefined)
    .map(({ path, object }) => `${path}: replicas ${object.spec.replicas} beside an autoscaler; remove replicas`);
};
