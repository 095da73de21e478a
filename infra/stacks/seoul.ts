import { regionBase } from '../constructs/region.ts';
import type { Stack } from '../stack.ts';

export const seoul: Stack = {
  name: 'seoul',
  state: 'seoul',
  places: ['seoul'],
  build: (scope, ground) => regionBase(scope, ground, 'seoul'),
};
