/** The way back to Seoul on the embedded platform, by a person: failback-steps.ts with what it needs of this machine. */
import { subjectHeader } from '../../entrance/headers.ts';
import { fenceNames } from '../../jobs/fence/names.ts';
import {
  acceleratorGroups,
  acceleratorLetsIn,
  acceleratorShares,
  shares,
  turnAccelerator,
} from '../accelerator/accelerator.ts';
import { behindEntrance } from '../entrance/behind.ts';
import { entranceIsUp } from '../entrance/entrance.ts';
import { isCut } from '../machine/network.ts';
import { until } from '../machine/process.ts';
import { arePodsHeld, heldBy, holdPods, releasePods } from '../region/hold-pods.ts';
import { regionIsUp } from '../region/region.ts';
import { hasStores } from '../status/stamp.ts';
import { closeShows, openShow, showsOn } from '../stores/shows.ts';
import { lagIn, measuredNow } from '../stores/status.ts';
import { storesAreUp } from '../stores/stores.ts';
import { databaseOf, itemsWriter, lastWriter, postgresOf, roles } from '../stores/take-over.ts';
import { hostOf, regions, seoul, tokyo } from '../topology.ts';
import { drillShows, manySeats } from './customers.ts';
import { failbackOf } from './failback-steps.ts';
import { forget, isForgotten } from './ports.ts';
import { seesServices } from './probes.ts';

/** Seconds that Seoul may be behind when one begins; the copy of S3 begins a pass every 5 s. */
const closeEnough = 10;

/** Why there is nothing to fail back, with the cure; '' if there is. */
export function missing(): string {
  if (!entranceIsUp() || !regions.every(regionIsUp)) return 'the embedded platform is down: start it with scripts/up';
  return hasStores() ? '' : 'the platform runs without stores: start it with scripts/up --replace';
}

/** What keeps one from failing back, all at once, each with its cure. */
async function obstacles(): Promise<string[]> {
  if (missing()) return [missing()];
  const found: string[] = [];
  for (const region of regions) {
    // Once the entrance is closed and Seoul is the writer, a failback starts stores itself: it may have been killed while it did.
    const begun = itemsWriter() === seoul && shares(acceleratorGroups()).seoul === 0;
    if (!begun && !storesAreUp(region)) found.push(`${region.name} does not run: scripts/up`);
    else if (await isCut(region)) found.push(`${region.name} is cut off: scripts/region ${region.name} on`);
  }
  if (found.length > 0 || itemsWriter() === seoul) return found;
  if (lastWriter().region === tokyo.name) {
    const database = await postgresOf(seoul).catch(() => undefined);
    if (!database) found.push("seoul's PostgreSQL does not answer: scripts/region seoul on has it copy Tokyo's");
    else if (!database.isStandby || !database.streams)
      found.push("seoul's PostgreSQL does not copy Tokyo's: scripts/region seoul on, and wait for its first copy");
  }
  const lag = measuredNow(lagIn(seoul));
  if (!lag) found.push("seoul's copies do not say how far they are: scripts/up starts what has ended");
  for (const [name, seconds] of Object.entries(lag?.behind ?? {}))
    if (seconds === null || seconds > closeEnough)
      found.push(`seoul's ${name} is ${seconds === null ? 'not copied yet' : `${seconds.toFixed(0)} s behind`}: wait`);
  return found;
}

/** The show of the trial purchases. */
const trial = 'failback-trial';
/** Those of drills too: a copy that begins anew brings back what was deleted meanwhile. */
const ours = [trial, drillShows];

/** Buys a seat at Seoul's own ingress, as the gateway sends it on of a customer who signed in, and waits for the ticket. */
async function purchase(): Promise<string> {
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
  return `seat ${seat}, booking ${booking.id} and its ticket`;
}

export const { steps, refuse, isHome, stillLeft, cure, isFinished, failBack } = failbackOf({
  ...{ seoul, tokyo, roles, obstacles },
  accelerator: {
    wanted: () => ({ groups: acceleratorGroups(), letsIn: acceleratorLetsIn() }),
    now: acceleratorShares,
    turn: turnAccelerator,
  },
  trial: {
    open: () => openShow(seoul, 'prod', trial, 'A trial of a failback', manySeats),
    purchase,
    // Nobody can buy there while it is cut off.
    isOn: async () => storesAreUp(seoul) && !(await isCut(seoul)) && (await showsOn(seoul, 'prod', ours)).length > 0,
    close: () => closeShows(seoul, 'prod', ours),
  },
  standby: {
    hold: () => holdPods(tokyo, 'dr', fenceNames.quota),
    isHeld: () => arePodsHeld(tokyo, 'dr'),
    release: () => releasePods(tokyo, 'dr', fenceNames.quota),
    serves: async () => (await seesServices('witness', tokyo, 'dr')) === 'ok',
  },
  prod: {
    release: () => releasePods(seoul, 'prod', 'drill'),
    serves: async () => (await seesServices('witness', seoul, 'prod')) === 'ok',
    isHeld: () => arePodsHeld(seoul, 'prod', 'drill'),
    heldBy: () => heldBy(seoul, 'prod'),
  },
  hangs: () => databaseOf(seoul).hangs(),
  lag: () => lagIn(seoul),
  positions: async () => {
    const [here, there] = await Promise.all([postgresOf(seoul), postgresOf(tokyo)]);
    return [here.position, there.position];
  },
  ...{ isForgotten, forget, until, now: Date.now },
});
