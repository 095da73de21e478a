import { regionBase } from '../constructs/region.ts';
import type { Stack } from '../stack.ts';

export const tokyo: Stack = {
  name: 'tokyo',
  state: 'tokyo',
  places: ['tokyo'],
  build: (scope, ground) => regionBase(scope, ground, 'tokyo'),
};
