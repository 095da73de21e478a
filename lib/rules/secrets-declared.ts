import { type Placed, podSpecs, stepsOf } from './placed.ts';

export type Declared = { namespace: string; name: string; keys: readonly string[] };

/** Whoever takes a Secret into its environment takes one that is declared, with a key of it: a pod waits for any other for ever. */
export const secretsDeclared = (tree: readonly Placed[], declared: readonly Declared[]): string[] =>
  tree.flatMap(({ path, object }) => {
    const containers = [
      ...podSpecs(object).flatMap((pod) => [...(pod.initContainers ?? []), ...(pod.containers ?? [])]),
      ...stepsOf(object),
    ];
    return containers.flatMap(({ name, env = [] }) =>
      env.flatMap((variable: { name: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }) => {
        const wanted = variable.valueFrom?.secretKeyRef;
        if (!wanted) return [];
        const { namespace } = object.metadata;
        const keys = declared.find((one) => one.namespace === namespace && one.name === wanted.name)?.keys;
        return keys?.includes(wanted.key)
          ? []
          : [
              `${path}: ${name}: ${variable.name}: given ${wanted.name}/${wanted.key}, allowed what is declared in ${namespace}; declare it in overlays/secrets.ts, or in the definition of its service`,
            ];
      }),
    );
  });
