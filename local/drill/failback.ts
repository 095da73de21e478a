/** The way back to Seoul, by a person, in steps that can each be repeated. */
import { subjectHeader } from '../../entrance/headers.ts';
import { fenceNames } from '../../jobs/fence/names.ts';
import {
  acceleratorGroups,
  acceleratorLetsIn,
  acceleratorShares,
  type Groups,
  shares,
  turnAccelerator,
} from '../accelerator/accelerator.ts';
import { behindEntrance } from '../entrance/behind.ts';
import { isCut } from '../machine/network.ts';
import { until } from '../machine/process.ts';
import { arePodsHeld, holdPods, releasePods } from '../region/hold-pods.ts';
import { regionIsUp } from '../region/region.ts';
import { closeShows, openShow } from '../stores/shows.ts';
import { lagIn } from '../stores/status.ts';
import { itemsWriter, lastWriter, startStores, storesAreUp } from '../stores/stores.ts';
import { pointAtWriter, postgresOf, takeOver, writeItemsIn } from '../stores/take-over.ts';
import { hostOf, regions, seoul, tokyo } from '../topology.ts';
import { drillShows, manySeats } from './customers.ts';
import { resetLock } from './ports.ts';
import { seesServices } from './probes.ts';

/** Seconds that Seoul may be behind when one begins; the copy of S3 begins a pass every 5 s. */
const closeEnough = 10;

const home: Groups = { seoul: { dial: 100, weight: 128 }, tokyo: { dial: 0, weight: 0 } };
/**
 * Nobody enters while the writer changes. No step lets customers into both regions: a condition of a write holds in one region only, on AWS, too, so
 * both would sell the same seat.
 */
const closed: Groups = { seoul: { dial: 0, weight: 0 }, tokyo: { dial: 0, weight: 0 } };

const writesInSeoul = () => lastWriter().region === seoul.name && itemsWriter() === seoul;

/** Whether Seoul writes and serves, as before any failover. */
export const isHome = (): boolean =>
  writesInSeoul() && shares(acceleratorGroups()).seoul === 100 && acceleratorLetsIn() === 100;

/** What keeps one from failing back, all at once, each with its cure. */
export async function obstacles(): Promise<string[]> {
  const found: string[] = [];
  for (const region of regions) {
    if (!regionIsUp(region) || !storesAreUp(region)) found.push(`${region.name} does not run: scripts/up`);
    else if (await isCut(region)) found.push(`${region.name} is cut off: scripts/region ${region.name} on`);
  }
  if (found.length > 0) return found;
  if (lastWriter().region === tokyo.name) {
    const database = await postgresOf(seoul).catch(() => undefined);
    if (!database) found.push("seoul's PostgreSQL does not answer: scripts/region seoul on has it copy Tokyo's");
    else if (!database.isStandby || !database.streams)
      found.push("seoul's PostgreSQL does not copy Tokyo's: scripts/region seoul on, and wait for its first copy");
  }
  for (const [name, seconds] of Object.entries(lagIn(seoul)?.behind ?? {}))
    if (seconds === null || seconds > closeEnough)
      found.push(`seoul's ${name} is ${seconds === null ? 'not copied yet' : `${seconds.toFixed(0)} s behind`}: wait`);
  return found;
}

/** The show of the trial purchases. */
const trial = 'failback-trial';

/** Buys a seat at Seoul's own ingress, as the gateway sends it on of a customer who signed in, and waits for the ticket. */
async function purchase(): Promise<void> {
  const subject = `trial-${Date.now()}`;
  const at = (service: string, path: string, body?: object) => {
    const headers = { [subjectHeader]: subject, ...(body ? { 'content-type': 'application/json' } : {}) };
    const sent = { path, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    return behindEntrance(seoul, hostOf(service, 'prod'), sent);
  };
  const made = async (what: string, service: string, path: string, asked: object) => {
    const { status, body } = await at(service, path, asked);
    if (status >= 300) throw new Error(`a trial purchase in Seoul: ${what}: ${status} ${body.slice(0, 200)}`);
    return JSON.parse(body) as { id: string };
  };
  // A replica that started before the show was there looks for it every ten seconds.
  const show = await until('the show of the trial', 20, async () => {
    const { status, body } = await at('booking', `/shows/${trial}`);
    return status === 200 && (JSON.parse(body) as { seats: { seat: string; state: string }[] });
  });
  const free = show.seats.filter(({ state }) => state === 'free');
  const { seat } = free[Math.floor(Math.random() * free.length)] as { seat: string };
  const hold = await made('hold', 'booking', '/holds', { show: trial, seat });
  const booking = await made('book', 'booking', '/bookings', { hold: hold.id });
  await until('the ticket of a trial purchase in Seoul', 30, async () => {
    const { status } = await at('ticket', `/tickets?booking=${booking.id}`);
    return status === 200;
  });
}

export type Step = { name: string; why: string; isDone: () => Promise<boolean> | boolean; run: () => Promise<void> };

/** Milliseconds since 1970 when nobody wrote in Tokyo any more. */
let quietSince = 0;

export const steps: Step[] = [
  {
    name: 'close the entrance',
    why: 'customers wait from here on',
    isDone: isHome,
    async run() {
      // Seoul's services find it when they start.
      await openShow(itemsWriter(), 'prod', trial, 'A trial of a failback', manySeats);
      await turnAccelerator(closed);
    },
  },
  {
    name: "end Tokyo's services",
    why: 'nobody writes in Tokyo any more',
    isDone: () => itemsWriter() === seoul,
    async run() {
      await holdPods(tokyo, 'dr', fenceNames.quota);
      quietSince = Date.now();
    },
  },
  {
    name: 'wait for the last of what Tokyo has',
    why: 'so that nothing is lost',
    isDone: () => itemsWriter() === seoul,
    async run() {
      await until('the copies in Seoul', 120, async () => {
        const lag = lagIn(seoul);
        const copied = Object.values(lag?.behind ?? {}).map((seconds) =>
          seconds === null ? 0 : (lag?.at ?? 0) - seconds * 1000,
        );
        if (copied.length === 0 || Math.min(...copied) <= quietSince) return false;
        if (lastWriter().region === seoul.name) return true;
        const [here, there] = await Promise.all([postgresOf(seoul), postgresOf(tokyo)]);
        return here.position === there.position;
      });
    },
  },
  {
    name: 'make Seoul the writer',
    why: "Tokyo's stores become copies again",
    isDone: async () => itemsWriter() === seoul && (await postgresOf(tokyo).catch(() => undefined))?.streams === true,
    async run() {
      const { region, epoch } = lastWriter();
      if (region === tokyo.name) await takeOver(seoul, epoch + 1);
      // It ended between the news and the promotion.
      else if ((await postgresOf(seoul)).isStandby) await takeOver(seoul, epoch);
      else writeItemsIn(seoul);
      // Seoul first: it makes the slot that Tokyo's copy begins with.
      for (const region of [seoul, tokyo]) {
        await startStores(region);
        await pointAtWriter(region);
      }
    },
  },
  {
    name: "start Seoul's services",
    why: 'before anybody enters',
    isDone: async () => (await seesServices('witness', seoul, 'prod')) === 'ok',
    async run() {
      await releasePods(seoul, 'prod', 'drill');
      await until('services of prod', 240, async () => (await seesServices('witness', seoul, 'prod')) === 'ok', 1000);
    },
  },
  ...[10, 50, 100].map(
    (percent): Step => ({
      name: `let ${percent} % of the customers into Seoul`,
      why: percent === 100 ? 'they are back' : 'the others wait; a purchase has to work before more are let in',
      isDone: async () =>
        writesInSeoul() &&
        shares(acceleratorGroups()).seoul === 100 &&
        acceleratorLetsIn() >= percent &&
        // The file is written before HAProxy is told.
        (await acceleratorShares()).seoul >= percent,
      async run() {
        await turnAccelerator(home, percent);
        if (percent === 100) return;
        await purchase().catch(async (error: Error) => {
          await turnAccelerator(closed);
          throw new Error(`${error.message}; the entrance is closed again`);
        });
      },
    }),
  ),
  {
    name: "start Tokyo's services as the standby",
    why: 'and forget the failover, so that the next one is a new one',
    isDone: async () => !(await arePodsHeld(tokyo, 'dr')),
    async run() {
      resetLock();
      // Those of drills too: a copy that begins anew brings back what was deleted meanwhile.
      await closeShows(seoul, 'prod', [trial, drillShows]);
      await releasePods(tokyo, 'dr', fenceNames.quota);
      await until('services of dr', 240, async () => (await seesServices('witness', tokyo, 'dr')) === 'ok', 1000);
    },
  },
];
