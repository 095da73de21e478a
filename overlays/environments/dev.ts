import type { Overlay } from '../overlay.ts';

/** Every release lands here first, by itself. */
export const dev: Overlay = {
  name: 'dev',
  region: 'seoul',
  promotesFrom: undefined,
  subdomain: 'dev.',
  replicas: { min: 1, max: 2 },
  retain: false,
};
