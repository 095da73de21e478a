import type { Overlay } from '../overlay.ts';

/** The pipeline releases here. */
export const dev: Overlay = {
  name: 'dev',
  region: 'seoul',
  promotesFrom: undefined,
  data: 'dev',
  subdomain: 'dev.',
  answersFor: [],
  observed: false,
  replicas: { min: 1, max: 2 },
  public: false,
  retain: false,
};
