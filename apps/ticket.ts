import type { Service } from './service.ts';
import { postgres, reads, topic } from './stores.ts';

/** Issues tickets for bookings. */
export const ticket: Service = {
  name: 'ticket',
  stack: 'go',
  port: 8080,
  holders: true,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
  uses: {
    tickets: postgres(['migrate']),
    bookings: reads('booking', 'bookings'),
    // Events that it cannot make a ticket of, for people to look at.
    'bookings.refused': topic({ partitions: 1, hours: 14 * 24 }),
  },
  // A ticket's id is made of its booking with this key, so that issuing it again gives the same.
  secrets: { TICKET_KEY: { secret: 'ticket-key', key: 'key', for: 'tickets' } },
};
