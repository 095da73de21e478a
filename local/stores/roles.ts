/**
 * Which region writes prod's data, and what each region is made to do by that. Whatever calls this may be killed anywhere: each function finds out
 * what is, and not where somebody was, so that the next call ends where one would have that nobody killed.
 */
import type { Region } from '../topology.ts';
import { latest, type Writer } from './writer.ts';

/** What a change of the writer reads and does in a region. The real ones are in take-over.ts; a test has a model, which it kills anywhere. */
export type Effects = {
  regions: readonly Region[];
  /** Who writes, as far as the region knows. */
  knows: (region: Region) => Writer;
  recordWriter: (region: Region, writer: Writer) => void;
  stores: {
    areUp: (region: Region) => boolean;
    stop: (region: Region) => Promise<void>;
    /** Whether the settings that were written last are those of the role that the region has, and of the programs that it is to run. */
    haveSettings: (region: Region) => boolean;
    writeSettings: (region: Region) => void;
    start: (region: Region) => void;
    /** Has a PostgreSQL go on that a drill has made hang; without effect on others. */
    wake: (region: Region) => Promise<void>;
    /** Makes what is missing in them, and gives what it made. */
    makeMissing: (region: Region) => Promise<string[]>;
  };
  /** Whether the PostgreSQL of prod copies another one. */
  isStandby: (region: Region) => Promise<boolean>;
  /** Returns when it is accepted, as on AWS. */
  promote: (region: Region) => Promise<void>;
  notifyFence: (region: Region, writer: Writer) => Promise<void>;
  /** Has the pods of a region reach the PostgreSQL of another one, or its own. */
  pointPods: (region: Region, writer: Region) => Promise<void>;
  /** Waits until the fence of a region that lost its role has ended the last pod. */
  fenced: (region: Region) => Promise<void>;
  join: (region: Region) => Promise<void>;
  until: (what: string, seconds: number, attempt: () => Promise<boolean>) => Promise<unknown>;
};

/** Seconds for a PostgreSQL to start, and to leave the standby; machines are busy. */
const patience = 300;

export function rolesOf({ regions, knows, recordWriter, stores, ...effects }: Effects) {
  const named = (name: string) => regions.find((one) => one.name === name) as Region;
  const lastWriter = (): Writer => latest(regions.map(knows));
  const itemsWriter = (): Region => {
    const { region, items = region } = lastWriter();
    return named(items);
  };
  const learn = (region: Region): void => recordWriter(region, lastWriter());
  const isLost = (region: Region): boolean => knows(region).region !== region.name;

  /** Stops those that run in a role that the region has no more, also if somebody was killed who had only written down that it has lost it. */
  async function stopOthers(region: Region): Promise<void> {
    if (stores.areUp(region) && !stores.haveSettings(region)) await stores.stop(region);
  }

  /**
   * Starts the stores of a region with their data, unless they run with what is wanted now; then makes what is missing in them. A region that lost
   * its role meanwhile starts as the standby of whoever has it, and one that has it leaves the standby. Gives what it made.
   */
  async function startStores(region: Region): Promise<string[]> {
    learn(region);
    await stopOthers(region);
    if (!stores.areUp(region)) {
      // What a crash left of them.
      await stores.stop(region);
      stores.writeSettings(region);
      stores.start(region);
    } else await stores.wake(region);
    if (knows(region).region === region.name)
      await effects.until(`${region.name}: its PostgreSQL writes`, patience, async () => {
        if (!(await effects.isStandby(region))) return true;
        await effects.promote(region);
        return false;
      });
    return stores.makeMissing(region);
  }

  /**
   * Has the pods of a region reach the PostgreSQL that writes, as far as the region knows, and its fence go by that: last, because it may start pods, which
   * have to find the right one.
   */
  async function pointAtWriter(region: Region): Promise<void> {
    const writer = knows(region);
    await effects.pointPods(region, named(writer.region));
    await effects.notifyFence(region, writer);
  }

  /** Has a region write since an epoch. By that alone, if it writes already: its fence may have received an epoch of the other one. */
  const writeSince = (region: Region, epoch: number): void => recordWriter(region, { region: region.name, epoch });

  /**
   * Makes a region the writer of prod's data: its replication copies no more, its PostgreSQL leaves the standby, its pods use that one. The stores of the
   * other region stay as they are: on a failover nobody reaches it.
   */
  async function takeOver(region: Region, epoch: number): Promise<void> {
    writeSince(region, epoch);
    // Before the promotion: an engine that starts again by the settings of a standby would copy the former writer once more.
    stores.writeSettings(region);
    await pointAtWriter(region);
    if (await effects.isStandby(region)) await effects.promote(region);
  }

  /** Has the stand-ins for global tables and S3 replication copy from the region where the services run, if PostgreSQL's writer is another. */
  function writeItemsIn(region: Region): void {
    const { region: writer, epoch } = lastWriter();
    const items = writer === region.name ? {} : { items: region.name };
    if (itemsWriter() !== region) recordWriter(region, { region: writer, epoch: epoch + 1, ...items });
    // One may know it and the other not, if somebody was killed in between.
    for (const one of regions) learn(one);
  }

  /**
   * Joins a region that was cut off. If the other one has taken over meanwhile, it hears of that first: its fence ends its services before anybody
   * reaches them, and its stores come back as copies of the new writer's.
   */
  async function rejoin(region: Region): Promise<void> {
    learn(region);
    await stopOthers(region);
    if (isLost(region)) {
      await effects.notifyFence(region, knows(region));
      await effects.fenced(region);
      // A copy begins with a slot of the writer, which may have been killed on its way: before its promotion, or before it had made the slot.
      if (!stores.areUp(region)) await startStores(named(knows(region).region));
    }
    await effects.join(region);
    await startStores(region);
    await pointAtWriter(region);
  }

  /** The region that writes first, for who starts one after the other: copies begin with a slot that it makes. */
  const writerFirst = (): Region[] => {
    const writer = named(lastWriter().region);
    return [writer, ...regions.filter((one) => one !== writer)];
  };

  return {
    ...{ lastWriter, itemsWriter, writerFirst, startStores, pointAtWriter },
    ...{ writeSince, takeOver, writeItemsIn, rejoin },
  };
}
