import type { Overlay } from '../overlay.ts';
import { dev } from './dev.ts';

/** What customers use, by `scripts/promote`. */
export const prod: Overlay = {
  name: 'prod',
  region: 'seoul',
  promotesFrom: dev,
  subdomain: '',
  replicas: { min: 2, max: 10 },
  retain: true,
};
