import { podSpecs, type Rule } from './placed.ts';

/** What serves says whether it lives and whether it is ready. */
export const probes: Rule = (tree) =>
  tree
    .filter(({ object: { kind } }) => /^(?:Deployment|StatefulSet|DaemonSet)$/.test(kind))
    .flatMap(({ path, object }) =>
      podSpecs(object).flatMap(({ containers = [] }) =>
        containers.flatMap((container) =>
          ['livenessProbe', 'readinessProbe']
            .filter((probe) => container[probe] === undefined)
            .map((probe) => `${path}: ${container.name} has no ${probe}; give it one`),
        ),
      ),
    );
