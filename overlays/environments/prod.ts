import type { Overlay } from '../overlay.ts';
import { dev } from './dev.ts';

/** What customers use. `scripts/promote` releases to it. */
export const prod: Overlay = {
  name: 'prod',
  region: 'seoul',
  promotesFrom: dev,
  data: 'prod',
  subdomain: '',
  answersFor: [],
  observed: true,
  replicas: { min: 2, max: 10 },
  public: true,
  retain: true,
};
