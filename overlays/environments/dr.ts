import type { Overlay } from '../overlay.ts';
import { prod } from './prod.ts';

/** A warm standby: small, and autoscaled to the size of prod when traffic comes. */
export const dr: Overlay = {
  name: 'dr',
  region: 'tokyo',
  // It never runs what customers have not seen yet.
  promotesFrom: prod,
  // The copy of it in Tokyo.
  data: 'prod',
  subdomain: 'dr.',
  // After a failover customers ask for the same names.
  answersFor: [prod.subdomain],
  observed: true,
  replicas: { min: 1, max: 10 },
  public: true,
  retain: true,
};
