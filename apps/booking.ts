import type { Service } from './service.ts';
import { table, topic } from './stores.ts';
import { ticket } from './ticket.ts';

/** Takes bookings. */
export const booking: Service = {
  name: 'booking',
  stack: 'java',
  port: 8080,
  holders: true,
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } },
  // Work files of the embedded web server.
  writableTmp: '64Mi',
  uses: {
    shows: table({ key: { partition: 'id' }, actions: ['PutItem', 'Scan'] }),
    // A seat with its hold and its booking: one conditional write decides who has it.
    seats: table({
      key: { partition: 'show', sort: 'seat' },
      actions: ['GetItem', 'PutItem', 'Query', 'UpdateItem'],
      indexes: {
        // Bookings whose event is not sent yet.
        pending: { partition: 'pending', sort: 'bookedAt' },
        booked: { partition: 'bookedDay', sort: 'bookedAt' },
      },
    }),
    // The waiting queue: places of people, and the head of each show.
    places: table({
      key: { partition: 'pk', sort: 'sk' },
      actions: ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
    }),
    // Bookings by id, for the record.
    sales: table({ key: { partition: 'id' }, actions: ['GetItem', 'PutItem'] }),
    // Takes the rush; `places` remembers it.
    queue: topic({ partitions: 6, hours: 24 }),
    bookings: topic({ partitions: 6, hours: 7 * 24 }),
  },
  // Signs the tokens of those who are admitted.
  secrets: { QUEUE_KEY: { secret: 'booking-queue-key', key: 'key', for: 'queue' } },
  // Each booking issues a ticket.
  calls: { BOOKED_URL: { service: ticket, path: '/tickets', insteadOf: 'bookings' } },
};
