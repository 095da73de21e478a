import type { Service } from './service.ts';

/** Lists the live channels. */
export const live: Service = {
  name: 'live',
  stack: 'python',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
  // Heartbeat files of the Gunicorn workers.
  writableTmp: '64Mi',
  // It stores in memory until it has its database.
  singleton: true,
};
