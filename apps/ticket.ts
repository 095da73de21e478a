import type { Service } from './service.ts';

/** Issues tickets for bookings. */
export const ticket: Service = {
  name: 'ticket',
  stack: 'go',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
  // It stores in memory until it has its database.
  singleton: true,
};
