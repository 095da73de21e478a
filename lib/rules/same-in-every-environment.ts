import type { Placed } from './placed.ts';

/** A service has the same objects in every environment, so that the next environment gets what was tested in the one before. */
export function sameInEveryEnvironment(tree: readonly Placed[], environments: readonly string[]): string[] {
  const found = new Map<string, Map<string, string>>();
  for (const { path, object } of tree) {
    const [, environment = '', app = ''] = path.split('/');
    if (!environments.includes(environment)) continue;
    const id = `${app}: ${object.kind} ${object.metadata.name}`;
    found.set(id, (found.get(id) ?? new Map()).set(environment, path));
  }
  return [...found].flatMap(([id, places]) =>
    environments
      .filter((environment) => !places.has(environment))
      .map((environment) => `${[...places.values()][0]}: ${id} is missing in ${environment}; render it everywhere`),
  );
}
