import type { Service } from './service.ts';
import { ticket } from './ticket.ts';

/** Takes bookings. */
export const booking: Service = {
  name: 'booking',
  stack: 'java',
  port: 8080,
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } },
  // The embedded web server keeps its work files there.
  writableTmp: '64Mi',
  // A ticket is issued for each booking.
  calls: { BOOKED_URL: { service: ticket, path: '/tickets' } },
  // Until its database is there.
  singleton: true,
};
