import type { Placed } from './placed.ts';

/** What the pods of a service reach besides DNS: services of its environment by name, and ports outside of the cluster. */
export type Reached = { services: readonly string[]; ports: readonly number[] };

type Peer = { podSelector?: { matchLabels?: Record<string, string> }; namespaceSelector?: object; ipBlock?: object };
type Rule = { to?: Peer[]; ports?: { port?: number | string }[] };

/** One line for what a rule of egress allows. */
function lines({ to = [{}], ports = [{}] }: Rule): string[] {
  return to.flatMap(({ podSelector, namespaceSelector, ipBlock }) =>
    ports.map(({ port = 'any port' }) => {
      if (podSelector && namespaceSelector) return port === 53 ? 'DNS' : 'pods of another namespace';
      if (podSelector) return `service ${podSelector.matchLabels?.['app.kubernetes.io/name'] ?? 'of any name'}`;
      return ipBlock ? `port ${port}` : 'everything';
    }),
  );
}

/**
 * In the folder of a service every NetworkPolicy lets pods out to what follows from its definition, all of that together and nothing else.
 * `reached`: by the folders of environment and service.
 */
export function egressFollows(
  tree: readonly Placed[],
  reached: (environment: string, service: string) => Reached | undefined,
): string[] {
  const found = new Map<string, { path: string; lines: Set<string>; wanted: Reached }>();
  for (const { path, object } of tree) {
    const [, environment = '', service = ''] = path.split('/');
    const wanted = object.kind === 'NetworkPolicy' ? reached(environment, service) : undefined;
    if (!wanted) continue;
    const all = found.get(path) ?? { path, lines: new Set(), wanted };
    for (const line of (object.spec.egress ?? []).flatMap(lines)) all.lines.add(line);
    found.set(path, all);
  }
  return [...found.values()].flatMap(({ path, lines, wanted }) => {
    const allowed = [
      'DNS',
      ...wanted.services.map((name) => `service ${name}`),
      ...wanted.ports.map((port) => `port ${port}`),
    ];
    return [
      ...[...lines]
        .filter((line) => !allowed.includes(line))
        .map((line) => `${path}: egress to ${line} follows from neither calls nor uses; take it out, or declare it`),
      ...allowed
        .filter((line) => !lines.has(line))
        .map((line) => `${path}: no egress to ${line}, which follows from calls and uses; add it`),
    ];
  });
}
