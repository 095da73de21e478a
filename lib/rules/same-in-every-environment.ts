import type { Placed } from './placed.ts';

/** An app is of the same kinds and names wherever it runs: what is tried in one environment is what the next one gets. */
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
