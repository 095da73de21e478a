import type { Route } from '../types.ts';
import { failed, id, ok, refused, storeAway } from './answers.ts';

const service = 'ticket';

/** Tickets are issued by events: nobody may order one. */
export const ticketRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/tickets',
    summary: 'The ticket of a booking of one’s own',
    service,
    access: ['ticket.read'],
    throttle: { rate: 500, burst: 1_000 },
    query: { booking: { schema: { type: 'string' }, required: true, description: 'The id of the booking' } },
    answers: {
      200: ok('Ticket', 'The ticket'),
      400: refused('The query is something else than one booking'),
      404: refused('This caller’s booking has no ticket yet, or there is no such booking of this caller'),
      ...failed,
      ...storeAway,
    },
  },
  {
    method: 'GET',
    path: '/tickets/{id}',
    summary: 'A ticket of one’s own',
    service,
    access: ['ticket.read'],
    throttle: { rate: 500, burst: 1_000 },
    parts: id,
    answers: {
      200: ok('Ticket', 'The ticket'),
      404: refused('There is no such ticket of this caller'),
      ...failed,
      ...storeAway,
    },
  },
];
