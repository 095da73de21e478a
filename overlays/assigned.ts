import type { Fault } from '../lib/errors.ts';
import type { Region, RegionName } from './overlay.ts';

/**
 * Of these endpoints AWS makes up a part when Terraform creates them: copy it from there, once. `tofu output` in `rendered/infra/data` says them. Those that are
 * `example` are not copied yet.
 */
export const assigned: Assigned = {
  kafka: { seoul: 'example.c2', tokyo: 'example.c3' },
  globalDatabase: 'example',
  devDatabase: 'example',
};
export type Assigned = { kafka: Record<RegionName, string>; globalDatabase: string; devDatabase: string };

/** Accounts of AWS's documentation, which are nobody's: with one of them nothing is in a cluster. */
const examples = [111122223333, 123456789012, 444455556666].map(String);

/** Parts that are not copied yet, or that AWS does not make up so, where the accounts are somebody's. */
export function assignedFaults(regions: readonly Pick<Region, 'name' | 'aws'>[], values: Assigned = assigned): Fault[] {
  if (regions.every(({ aws }) => examples.includes(aws.account))) return [];
  const faults = (what: string, given: string, shape: RegExp, like: string, output: string): Fault[] =>
    shape.test(given) && !given.startsWith('example')
      ? []
      : [
          {
            where: 'overlays/assigned.ts',
            what,
            given,
            allowed: `the part that AWS made up, such as ${like}`,
            cure: `copy it from tofu output ${output} in rendered/infra/data, render and commit: until then pods look for a host that does not exist`,
          },
        ];
  const database = /^[a-z0-9]{12}$/;
  return [
    ...regions.flatMap(({ name }) =>
      faults(`kafka.${name}`, values.kafka[name], /^[a-z0-9]+\.c\d+$/, 'a1b2c3.c2', `kafka-${name}-brokers`),
    ),
    ...faults('globalDatabase', values.globalDatabase, database, 'a1b2c3d4e5f6', 'global-database-writer'),
    ...faults('devDatabase', values.devDatabase, database, 'a1b2c3d4e5f6', 'dev-database-writer'),
  ];
}
