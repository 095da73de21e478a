import { booking } from './booking.ts';
import { live } from './live.ts';
import type { Service } from './service.ts';
import { ticket } from './ticket.ts';

/** Every service of the company. A new one is a file beside this and a line here. */
export const services: Service[] = [booking, ticket, live];
