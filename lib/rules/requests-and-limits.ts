import { containersOf, podSpecs, type Rule, stepsOf } from './placed.ts';

/**
 * Every container and every step says what it needs and what it may take, so that a node is never filled by surprise. A limit of
 * processor time is left to each: it only slows down.
 */
export const requestsAndLimits: Rule = (tree) =>
  tree.flatMap(({ path, object }) => {
    const containers = podSpecs(object).flatMap(containersOf);
    const all = [
      ...containers.map(({ name, resources }) => ({ name, resources })),
      ...stepsOf(object).map(({ name, computeResources }) => ({ name, resources: computeResources })),
    ];
    return all.flatMap(({ name, resources }) =>
      ['requests.cpu', 'requests.memory', 'limits.memory']
        .filter((field) => {
          const [group, key] = field.split('.') as [string, string];
          return typeof resources?.[group]?.[key] !== 'string';
        })
        .map((field) => `${path}: ${name} has no ${field}; give its resources`),
    );
  });
