import type { Overlay, RegionName } from '../overlay.ts';
import { dev } from './dev.ts';
import { dr } from './dr.ts';
import { prod } from './prod.ts';

/** Every environment, in the order of promotion. */
export const environments: readonly Overlay[] = [dev, prod, dr];

/** The one that the pipeline releases to. */
export const firstEnvironment = environments.find(({ promotesFrom }) => promotesFrom === undefined) as Overlay;

/**
 * The environments of a region that another one answers for when the region is lost. While that other one writes their data, they must not: it cannot
 * hear of what they write.
 */
export const fencedIn = (region: RegionName): Overlay[] =>
  environments.filter(
    (one) => one.region === region && environments.some(({ answersFor }) => answersFor.includes(one.subdomain)),
  );

/** Throws for a name that no environment has. */
export function environmentNamed(name: string): Overlay {
  const found = environments.find((overlay) => overlay.name === name);
  if (found) return found;
  throw new Error(`environment: given ${name}, allowed ${environments.map((overlay) => overlay.name).join(', ')}`);
}
