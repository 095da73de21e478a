import { services } from '../apps/index.ts';
import type { Service } from '../apps/service.ts';
import { type Fault, faultText } from '../lib/errors.ts';
import { placeFaults } from '../lib/places.ts';
import { environments } from '../overlays/environments/index.ts';
import { type Landing, landings, type StandardDatabase, standardDatabase, witness } from '../overlays/landing.ts';
import { acceleratorRegion, globalRegion } from '../overlays/names.ts';
import type { Overlay, Region, RegionName } from '../overlays/overlay.ts';
import { byRegion } from '../overlays/regions/index.ts';
import { tokyo } from '../overlays/regions/tokyo.ts';

/** All that stacks are made of. */
export type Ground = {
  regions: Record<RegionName, Region & Landing>;
  /** The region of AWS that controls Global Accelerator. */
  acceleratorRegion: string;
  services: readonly Service[];
  environments: readonly Overlay[];
  standardDatabase: StandardDatabase | undefined;
  /** Where Seoul is watched from, besides Tokyo. */
  witness: { name: 'witness'; aws: Region['aws'] } & Pick<Landing, 'network' | 'zones'>;
  /** Where CloudFront and its firewall are set up. */
  global: { name: 'global'; aws: Region['aws'] };
};

/** What is in overlays/ and apps/. */
export const ground: Ground = {
  regions: byRegion((region) => ({ ...region, ...landings[region.name] })),
  acceleratorRegion,
  services,
  environments,
  standardDatabase,
  witness: { name: 'witness', aws: { ...tokyo.aws, region: acceleratorRegion }, ...witness },
  global: { name: 'global', aws: { ...tokyo.aws, region: globalRegion } },
};

/** Every fault of the places, before anything is made of them. */
export function groundFaults({ regions, witness }: Ground): string[] {
  const all = Object.values(regions);
  const faults = placeFaults(
    all.map(({ aws, ...rest }) => ({ ...rest, ...aws })),
    'overlays',
    [witness],
  );
  const [first, ...others] = all;
  const split = others.flatMap(({ name, aws }): Fault[] =>
    aws.account === first?.aws.account
      ? []
      : [
          {
            where: `overlays: ${name}`,
            what: 'account',
            given: aws.account,
            allowed: `that of ${first?.name}, ${first?.aws.account}`,
            cure: 'a global database and global tables have one account',
          },
        ],
  );
  return [...faults, ...split.map(faultText)];
}
