import type { Service } from './service.ts';
import { ticket } from './ticket.ts';

/** Takes bookings. */
export const booking: Service = {
  name: 'booking',
  stack: 'java',
  port: 8080,
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } },
  // Work files of the embedded web server.
  writableTmp: '64Mi',
  // Each booking issues a ticket.
  calls: { BOOKED_URL: { service: ticket, path: '/tickets' } },
  // It stores in memory until it has its database.
  singleton: true,
};
