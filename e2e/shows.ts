/** Shows of tests, and their seats sold. */
import { sleep } from '../local/machine/process.ts';
import type { Item } from '../local/stores/replicate/dynamodb.ts';
import { closeShow, openShow } from '../local/stores/shows.ts';
import { seoul } from '../local/topology.ts';
import { ask } from './callers.ts';

type Environment = 'dev' | 'prod';
const made: [Environment, string][] = [];

/** A show that nobody else knows, with 100 seats, unless `more` of its item (the README of booking has them) says otherwise. */
export async function newShow(environment: Environment, more: Item = {}): Promise<string> {
  const id = `show-${Date.now()}`;
  await openShow(seoul, environment, id, 'A test', more);
  made.push([environment, id]);
  // Each replica reads the table every ten seconds, and those that start first of all.
  await sleep(12_000);
  const { status, answer } = await ask('booking', environment, `/shows/${id}`);
  if (status !== 200) throw new Error(`booking in ${environment} has no ${id}: ${status} ${JSON.stringify(answer)}`);
  return id;
}

/** Takes the shows of this process off sale: booking looks after the queue of each that there is. */
export async function removeShows(): Promise<void> {
  for (const [environment, id] of made.splice(0)) await closeShow(seoul, environment, id);
}

export type Booked = { id: string; seat: string; holder: string };

/** Holds and books any seat of a show without a queue; undefined if none is free. */
export async function buy(environment: string, show: string, holder: string): Promise<Booked | undefined> {
  for (;;) {
    const { answer } = await ask('booking', environment, `/shows/${show}`);
    const free = answer.seats.filter(({ state }: { state: string }) => state === 'free');
    if (free.length === 0) return undefined;
    const { seat } = free[Math.floor(Math.random() * free.length)];
    const hold = await ask('booking', environment, '/holds', { body: { show, seat }, as: holder });
    if (hold.status === 409) continue;
    const booking = await ask('booking', environment, '/bookings', { body: { hold: hold.answer.id }, as: holder });
    if (![200, 201].includes(booking.status))
      throw new Error(`${seat} of ${show}: ${booking.status} ${JSON.stringify(booking.answer)}`);
    return { id: booking.answer.id, seat, holder };
  }
}
