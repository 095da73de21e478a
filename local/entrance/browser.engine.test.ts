/** A browser signs in and books through all hops of the entrance, with a small shop behind them. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bookInBrowser } from './browser.testing.ts';
import { holderNamed } from './caller.ts';
import { type Seen, startTestEntrance, type TestEntrance } from './entrance.testing.ts';
import { siteHost } from './settings.ts';

type Seat = { seat: string; state: string; holder?: string };
const seats: Seat[] = ['A-1', 'A-2', 'B-1', 'B-2'].map((seat) => ({ seat, state: 'free' }));
const show = { id: 'arirang', title: 'Arirang', venue: 'Seoul', startsAt: '2027-12-03T19:30:00+09:00', queue: false };

/** What booking and ticket answer, as far as the site asks: everything is its holder's. */
function shop({ method, url, headers, body }: Seen): { status: number; body: object } {
  const holder = String(headers['x-subject']);
  const given = body === '' ? {} : JSON.parse(body);
  if (url === '/shows') return { status: 200, body: { shows: [{ ...show, seats: 4, free: 4 }] } };
  if (url === '/shows/arirang')
    return { status: 200, body: { ...show, seats: seats.map(({ seat, state }) => ({ seat, state })) } };
  if (method === 'POST' && url === '/holds') {
    const one = seats.find(({ seat, state }) => seat === given.seat && state === 'free');
    if (!one) return { status: 409, body: { errors: ['seat: somebody else has it'] } };
    Object.assign(one, { state: 'held', holder });
    return { status: 201, body: { id: `hold.${one.seat}` } };
  }
  if (method === 'POST' && url === '/bookings') {
    const one = seats.find(({ seat, holder: own }) => given.hold === `hold.${seat}` && own === holder);
    if (!one) return { status: 404, body: { errors: ['hold: not found'] } };
    one.state = 'booked';
    return { status: 201, body: { id: `booking.${one.seat}` } };
  }
  const one = seats.find(({ seat, holder: own }) => url === `/tickets?booking=booking.${seat}` && own === holder);
  if (!one) return { status: 404, body: { errors: ['booking: no ticket'] } };
  return {
    status: 200,
    body: { id: 'ticket1', booking: `booking.${one.seat}`, show: show.id, seat: one.seat, holder },
  };
}

let entrance: TestEntrance;
const folder = mkdtempSync(join(tmpdir(), 'browser-'));
beforeAll(async () => {
  entrance = await startTestEntrance({ firewall: true, answer: shop });
}, 60_000);
afterAll(async () => {
  await entrance.stop();
  rmSync(folder, { recursive: true });
});

test('somebody signs up, books a seat and has the ticket', async () => {
  const site = `http://${siteHost('prod')}:${entrance.listens.publicSite}/`;
  const picture = join(folder, 'site.png');
  const booked = await bookInBrowser(site, 'Arirang', 'lee@tickets.example', picture);
  expect(booked).toEqual({ seat: 'A-1', ticket: 'ticket1' });
  expect(seats.find(({ seat }) => seat === 'A-1')).toEqual({
    ...{ seat: 'A-1', state: 'booked' },
    holder: holderNamed('lee@tickets.example', entrance.at),
  });
  expect(statSync(picture).size).toBeGreaterThan(5000);
}, 120_000);
