/** The way back to Seoul, by a person, in steps that can each be repeated. */
import { acceleratorGroups, type Groups, shares, turnAccelerator } from '../accelerator/accelerator.ts';
import { isCut } from '../machine/network.ts';
import { until } from '../machine/process.ts';
import { arePodsHeld, holdPods, releasePods } from '../region/hold-pods.ts';
import { regionIsUp } from '../region/region.ts';
import { lagIn } from '../stores/status.ts';
import { lastWriter, startStores, storesAreUp } from '../stores/stores.ts';
import { pointAtWriter, postgresOf, takeOver, writeItemsIn } from '../stores/take-over.ts';
import { regions, seoul, tokyo } from '../topology.ts';
import { resetLock } from './ports.ts';
import { seesServices } from './probes.ts';

/** Seconds that Seoul may be behind when one begins; the copy of S3 begins a pass every 5 s. */
const closeEnough = 10;

const home: Groups = { seoul: { dial: 100, weight: 128 }, tokyo: { dial: 0, weight: 0 } };
/** Nobody enters while the writer changes: the stand-ins copy one way, so no step lets customers into both regions as on AWS. */
const closed: Groups = { seoul: { dial: 0, weight: 0 }, tokyo: { dial: 0, weight: 0 } };

const itemsWriter = () => lastWriter().items ?? lastWriter().region;

/** Whether Seoul writes and serves, as before any failover. */
export const isHome = (): boolean =>
  lastWriter().region === seoul.name && itemsWriter() === seoul.name && shares(acceleratorGroups()).seoul === 100;

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

export type Step = { name: string; why: string; isDone: () => Promise<boolean> | boolean; run: () => Promise<void> };

/** Milliseconds since 1970 when nobody wrote in Tokyo any more. */
let quietSince = 0;

export const steps: Step[] = [
  {
    name: 'close the entrance',
    why: 'customers wait from here on',
    isDone: isHome,
    run: () => turnAccelerator(closed),
  },
  {
    name: "end Tokyo's services",
    why: 'nobody writes in Tokyo any more',
    isDone: () => itemsWriter() === seoul.name,
    async run() {
      await holdPods(tokyo, 'dr');
      quietSince = Date.now();
    },
  },
  {
    name: 'wait for the last of what Tokyo has',
    why: 'so that nothing is lost',
    isDone: () => itemsWriter() === seoul.name,
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
    isDone: async () =>
      itemsWriter() === seoul.name && (await postgresOf(tokyo).catch(() => undefined))?.streams === true,
    async run() {
      if (lastWriter().region === tokyo.name) await takeOver(seoul, lastWriter().epoch + 1);
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
      await releasePods(seoul, 'prod');
      await until('services of prod', 240, async () => (await seesServices('witness', seoul, 'prod')) === 'ok', 1000);
    },
  },
  {
    name: 'open the entrance of Seoul',
    why: 'customers are back',
    isDone: isHome,
    run: () => turnAccelerator(home),
  },
  {
    name: "start Tokyo's services as the standby",
    why: 'and forget the failover, so that the next one is a new one',
    isDone: async () => !(await arePodsHeld(tokyo, 'dr')),
    async run() {
      resetLock();
      await releasePods(tokyo, 'dr');
      await until('services of dr', 240, async () => (await seesServices('witness', tokyo, 'dr')) === 'ok', 1000);
    },
  },
];
