import { podsOf, type Rule } from './placed.ts';

/**
 * Every container and step has requests and a memory limit, so that nothing overcommits a node. A CPU limit is optional: it only slows
 * a container down.
 */
export const requestsAndLimits: Rule = (tree) =>
  tree.flatMap(({ path, object }) =>
    podsOf(object)
      .flatMap(({ init, containers }) => [...init, ...containers])
      .flatMap(({ name, resources }) =>
        ['requests.cpu', 'requests.memory', 'limits.memory']
          .filter((field) => {
            const [group, key] = field.split('.') as [string, string];
            return typeof resources?.[group]?.[key] !== 'string';
          })
          .map((field) => `${path}: ${name} has no ${field}; set its resources`),
      ),
  );
