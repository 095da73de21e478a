import type { Route } from '../types.ts';
import { failed, ok } from './answers.ts';
import { bookingRoutes } from './booking.ts';
import { liveRoutes } from './live.ts';
import { ticketRoutes } from './ticket.ts';

/**
 * For the canary, one for each service: from the token to the service and back, without a store. A gateway's link that nobody uses for 60 days is
 * taken down by AWS, so the standby region has to be used.
 */
const probeRoutes = (['booking', 'ticket', 'live'] as const).map(
  (service): Route => ({
    method: 'GET',
    path: `/probe/${service}`,
    summary: `The version of ${service}`,
    service,
    upstream: '/version',
    access: ['probe'],
    throttle: { rate: 5, burst: 10 },
    answers: { 200: ok('Version', 'Which commit runs'), ...failed },
  }),
);

/** All that the public may ask. Health, metrics and the ordering of tickets are not here, so they end at the entrance. */
export const routes: readonly Route[] = [...bookingRoutes, ...ticketRoutes, ...liveRoutes, ...probeRoutes];
