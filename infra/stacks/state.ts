import { stateBucket } from '../../overlays/names.ts';
import { bucket } from '../constructs/buckets.ts';
import type { Stack } from '../stack.ts';

/** The buckets with the state of the other stacks: one a region, so that Tokyo's outlives Seoul. Its own state stays with who applies it. */
export const state: Stack = {
  name: 'state',
  state: undefined,
  places: ['seoul', 'tokyo'],
  build: (scope, { regions }) => {
    for (const region of Object.values(regions)) bucket(scope, region, stateBucket(region), { days: 365 });
  },
};
