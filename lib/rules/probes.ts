import { podSpecs, type Rule } from './placed.ts';

/**
 * Every server has a liveness and a readiness probe. What has no port is no server: it is ready when it lived for a while, or a rollout would
 * replace all of its pods by ones that end at their start.
 */
export const probes: Rule = (tree) =>
  tree
    .filter(({ object: { kind } }) => /^(?:Deployment|StatefulSet|DaemonSet)$/.test(kind))
    .flatMap(({ path, object }) =>
      podSpecs(object).flatMap(({ containers = [] }) =>
        containers.flatMap((container) => {
          if (container.ports === undefined && object.spec.minReadySeconds > 0) return [];
          return ['livenessProbe', 'readinessProbe']
            .filter((probe) => container[probe] === undefined)
            .map((probe) => `${path}: ${container.name} has no ${probe}; add one`);
        }),
      ),
    );
