/** Customers of prod, all the time of a drill: through the entrance, each signed in. The gateway makes a connection for each request. */
import { type Answered, call } from '../entrance/caller.ts';
import { sleep } from '../machine/process.ts';

/** A request without an answer for so long has failed. Milliseconds. */
const patience = 3000;

export const ask = (
  service: string,
  path: string,
  body?: object,
  as?: string,
  environment = 'prod',
): Promise<Answered> =>
  call({ service, environment, path, patience, ...(body ? { body } : {}), ...(as ? { as } : {}) });

/**
 * What a customer asked for, and whether the answer was the one that one wants. Times: milliseconds since 1970. A ticket that is not there yet is neither
 * success nor failure, and is not in here: evidence.ts counts bookings whose ticket never came.
 */
export type Asked = { at: number; ms: number; kind: 'look' | 'hold' | 'book' | 'ticket'; ok: boolean; outcome: string };
/** A booking that was acknowledged to its customer: its id, when, and when the ticket was there. */
export type Bought = { id: string; seat: string; holder: string; at: number; ticketAt?: number };

/** Enough for six minutes of buyers. */
const [rows, seatsPerRow] = [26, 50];
const seatOf = (n: number) => `${String.fromCharCode(65 + Math.floor(n / seatsPerRow))}-${(n % seatsPerRow) + 1}`;

/** What ids of shows of drills begin with. */
export const drillShows = 'drill-';
/** The seats of a drill's show, as its item has them. */
export const manySeats = { rows: { N: `${rows}` }, seatsPerRow: { N: `${seatsPerRow}` } };

/** Customers who look, and customers who buy; both begin so many times a second, however long an answer takes. */
const rates = { look: 5, buy: 4 };

export function customers(show: string) {
  const asked: Asked[] = [];
  const bought: Bought[] = [];
  let open = true;

  async function timed(
    kind: Asked['kind'],
    ok: (answered: Answered) => boolean | undefined,
    ...what: Parameters<typeof ask>
  ) {
    const at = Date.now();
    try {
      const answered = await ask(...what);
      const isOk = ok(answered);
      if (isOk !== undefined) asked.push({ at, ms: Date.now() - at, kind, ok: isOk, outcome: `${answered.status}` });
      return answered;
    } catch (error) {
      asked.push({ at, ms: Date.now() - at, kind, ok: false, outcome: (error as Error).message.slice(0, 100) });
      return undefined;
    }
  }

  async function look(): Promise<void> {
    await timed('look', ({ status }) => status === 200, 'booking', `/shows/${show}`);
  }

  async function buy(n: number): Promise<void> {
    const [holder, seat] = [`drill-${n}`, seatOf(n)];
    const hold = await timed('hold', ({ status }) => status < 300, 'booking', '/holds', { show, seat }, holder);
    if (!hold || hold.status >= 300) return;
    const booking = await timed(
      'book',
      ({ status }) => status < 300,
      'booking',
      '/bookings',
      { hold: hold.body.id },
      holder,
    );
    if (!booking || booking.status >= 300) return;
    const mine: Bought = { id: String(booking.body.id), seat, holder, at: Date.now() };
    bought.push(mine);
    for (let tries = 0; open && tries < 60 && mine.ticketAt === undefined; tries++) {
      await sleep(500);
      const ticket = await timed(
        'ticket',
        ({ status }) => (status === 404 ? undefined : status === 200),
        'ticket',
        `/tickets?booking=${mine.id}`,
        undefined,
        holder,
      );
      if (ticket?.status === 200) mine.ticketAt = Date.now();
    }
  }

  const under = new Set<Promise<void>>();
  const begin = (work: Promise<void>) => {
    under.add(work);
    work.finally(() => under.delete(work));
  };
  let count = 0;
  const timers = [
    setInterval(() => begin(look()), 1000 / rates.look),
    setInterval(() => begin(buy(count++)), 1000 / rates.buy),
  ];
  return {
    asked,
    bought,
    async leave(): Promise<void> {
      for (const timer of timers) clearInterval(timer);
      open = false;
      await Promise.allSettled([...under]);
    },
  };
}
