import { podSpecs, type Rule } from './placed.ts';

/** Every server has a liveness and a readiness probe. */
export const probes: Rule = (tree) =>
  tree
    .filter(({ object: { kind } }) => /^(?:Deployment|StatefulSet|DaemonSet)$/.test(kind))
    .flatMap(({ path, object }) =>
      podSpecs(object).flatMap(({ containers = [] }) =>
        containers.flatMap((container) =>
          ['livenessProbe', 'readinessProbe']
            .filter((probe) => container[probe] === undefined)
            .map((probe) => `${path}: ${container.name} has no ${probe}; add one`),
        ),
      ),
    );
