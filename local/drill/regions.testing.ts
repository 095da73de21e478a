/**
 * A model of both regions, as drills, failbacks and whoever starts the platform see them: engines, fence, pods that write all the time, and the accelerator.
 * Somebody is killed before any effect. The roles are the real ones (roles.ts).
 */
import { type Groups, shares } from '../accelerator/accelerator.ts';
import { type Effects, rolesOf } from '../stores/roles.ts';
import type { Writer } from '../stores/writer.ts';
import { type Region, type RegionName, regions, seoul } from '../topology.ts';

export const killed = new Error('killed');
/** Ticks until a pod that may start serves. */
const startsIn = 5;

type Of = {
  writer: Writer;
  /** Whom the settings that were written last name as the source. */
  settings: RegionName | '';
  /** What the engines that run started with, or what they were promoted to since. */
  runs?: { source: RegionName | '' };
  /** By SIGSTOP. */
  hangs: boolean;
  /** PostgreSQL on disk: `signal` is the mark of a standby. */
  disk: { rows: Set<string>; signal: boolean } | undefined;
  slots: Set<string>;
  promoting: boolean;
  /** The Secret, the latest epoch that the fence has read, and that by which it holds pods. */
  fence: { received?: { region: string; epoch: number }; latest: number; heldBy?: number; awaited?: boolean };
  /** `held`: by a drill in Seoul, by a failback in Tokyo. `starting`: for so many ticks. */
  pods: { points: RegionName; held: boolean; run: boolean; starting: number };
  joined: boolean;
};

export const other = (name: RegionName): RegionName => (name === 'seoul' ? 'tokyo' : 'seoul');

export function regionsModel() {
  const writer: Writer = { region: 'seoul', epoch: 1 };
  const first = (name: RegionName): Of => {
    const source = name === 'seoul' ? '' : 'seoul';
    return {
      ...{ writer, settings: source, runs: { source }, hangs: false, promoting: false, joined: true },
      disk: { rows: new Set(['before']), signal: source !== '' },
      slots: new Set(source === '' ? [other(name)] : []),
      fence: { ...(name === 'seoul' ? { received: writer } : {}), latest: 0 },
      pods: { points: 'seoul', held: false, run: true, starting: 0 },
    };
  };
  const of: Record<RegionName, Of> = { seoul: first('seoul'), tokyo: first('tokyo') };
  /** Items of DynamoDB. */
  const items: Record<RegionName, Set<string>> = { seoul: new Set(['before']), tokyo: new Set(['before']) };
  /** Tick of the last copy of them. */
  const copiedAt: Record<RegionName, number> = { seoul: 0, tokyo: 0 };
  const home: Groups = { seoul: { dial: 100, weight: 128 }, tokyo: { dial: 0, weight: 0 } };
  /** How the accelerator was set last, and whom it lets into which region. */
  const customers = { groups: home, letsIn: 100, enter: shares(home) };
  /** What somebody was promised. */
  const promised = { rows: new Set<string>(), items: new Set<string>() };
  const faults = new Set<string>();
  const named = (region: Region) => of[region.name];

  const accepts = (name: RegionName) => !of[name].hangs && !!of[name].runs && of[name].disk?.signal === false;
  const meet = () => of.seoul.joined && of.tokyo.joined;
  const streams = (name: RegionName) => {
    const source = of[name].runs?.source;
    return meet() && of[name].disk?.signal === true && !!source && accepts(source) && of[source].slots.has(name);
  };
  /** What the engines copy by themselves, now and then. */
  function copyRows(name: RegionName): void {
    const { runs, disk } = of[name];
    const source = runs?.source;
    if (!meet() || !runs) return;
    if (!disk && source && of[source].slots.has(name) && accepts(source))
      of[name].disk = { rows: new Set(of[source].disk?.rows), signal: true };
    if (source && streams(name)) for (const row of of[source].disk?.rows ?? []) of[name].disk?.rows.add(row);
  }
  function copyItems(name: RegionName): void {
    const { region, items: at = region } = of[name].writer;
    if (at === name || !of[at].runs || !of[name].runs || !meet()) return;
    for (const item of items[at]) items[name].add(item);
    copiedAt[name] = time;
  }
  /** jobs/fence */
  function fenceLooks({ fence, pods }: Of): void {
    const { received } = fence;
    if (received && received.epoch >= fence.latest) {
      fence.latest = received.epoch;
      if (received.region !== 'seoul') fence.heldBy = Math.max(fence.heldBy ?? 0, received.epoch);
      else if (fence.heldBy !== undefined && received.epoch > fence.heldBy) delete fence.heldBy;
      if (received.region !== 'seoul') pods.run = false;
    }
    if (pods.held || fence.heldBy !== undefined) pods.starting = 0;
    else if (!pods.run && ++pods.starting > startsIn) [pods.run, pods.starting] = [true, 0];
  }
  /** What pods write: for customers, and in Seoul also what is left in its queue. What a region that is cut off does by itself nobody is promised. */
  function write(name: RegionName): void {
    const { pods, runs, joined } = of[name];
    const forCustomers = customers.enter[name] > 0 && joined;
    if (!pods.run || !runs || !(forCustomers || name === 'seoul')) return;
    const id = `${name} ${time}`;
    if (forCustomers) {
      items[name].add(id);
      promised.items.add(id);
    }
    if (!accepts(pods.points) || (pods.points !== name && !meet())) return;
    of[pods.points].disk?.rows.add(id);
    if (!joined) return;
    promised.rows.add(id);
    const { region } = roles.lastWriter();
    if (pods.points !== region) faults.add(`pods of ${name} write in ${pods.points}, while ${region} writes`);
  }
  let time = 0;
  function pass(ticks = 1): void {
    for (let left = ticks; left > 0; left--) {
      time++;
      for (const { name } of regions) fenceLooks(of[name]);
      if (time % 19 === 0) for (const { name } of regions) copyRows(name);
      if (time % 7 === 0) for (const { name } of regions) copyItems(name);
      for (const { name } of regions) write(name);
      const { enter } = customers;
      if (accepts('seoul') && accepts('tokyo') && meet() && (enter.seoul + enter.tokyo > 0 || of.tokyo.pods.run))
        faults.add('two PostgreSQLs accept writes, and somebody may reach both');
    }
  }
  /** Effects until somebody is killed. */
  let left = Number.POSITIVE_INFINITY;
  const effect = () => {
    if (left-- <= 0) throw killed;
    pass();
  };
  async function until(what: string, _: number, attempt: () => Promise<boolean>) {
    let last = 'it did not happen';
    for (let tries = 0; tries < 20; tries++) {
      pass();
      try {
        if (await attempt()) return;
      } catch (error) {
        if (error === killed) throw error;
        last = (error as Error).message;
      }
    }
    throw new Error(`${what}: ${last}`);
  }

  const wanted = ({ name }: Region) => (of[name].writer.region === name ? '' : of[name].writer.region);
  const effects: Effects = {
    ...{ regions, until },
    knows: (region) => named(region).writer,
    recordWriter: (region, news) => {
      effect();
      if (news.epoch > named(region).writer.epoch) named(region).writer = news;
    },
    stores: {
      areUp: (region) => named(region).runs !== undefined,
      haveSettings: (region) => named(region).settings === wanted(region),
      stop: async (region) => {
        effect();
        delete named(region).runs;
        named(region).hangs = false;
      },
      writeSettings: (region) => {
        effect();
        named(region).settings = wanted(region);
      },
      start: (region) => {
        effect();
        const one = named(region);
        one.runs = { source: one.settings };
        // postgres.sh
        if (one.settings && one.disk && !one.disk.signal) one.disk = undefined;
      },
      wake: async (region) => {
        effect();
        named(region).hangs = false;
      },
      makeMissing: async (region) => {
        effect();
        await until(`${region.name}: postgres prod`, 300, async () => !!named(region).disk && !named(region).hangs);
        if (!named(region).disk?.signal) named(region).slots.add(other(region.name));
        return [];
      },
    },
    isStandby: async (region) => {
      const one = named(region);
      if (!one.disk || !one.runs || one.hangs) throw new Error(`${region.name}: PostgreSQL does not answer`);
      const { signal } = one.disk;
      // It is accepted first, and done a moment later.
      if (one.promoting) [one.promoting, one.disk.signal] = [false, false];
      return signal;
    },
    promote: async (region) => {
      effect();
      if (named(region).settings !== wanted(region))
        faults.add(`${region.name} is promoted: with its settings it copies again once it crashes`);
      named(region).promoting = true;
    },
    notifyFence: async (region, news) => {
      effect();
      if (region === seoul) Object.assign(named(region).fence, { received: news, awaited: false });
    },
    pointPods: async (region, to) => {
      effect();
      named(region).pods.points = to.name;
    },
    fenced: async (region) => {
      effect();
      if (region === seoul && named(region).pods.run) throw new Error('the fence of Seoul does not end its pods');
      named(region).fence.awaited = true;
    },
    join: async (region) => {
      const { region: writer } = roles.lastWriter();
      if (region === seoul && writer !== 'seoul' && !named(region).fence.awaited)
        faults.add('Seoul is joined, Tokyo writes, and nobody waited until its fence had ended its pods');
      effect();
      named(region).joined = true;
    },
  };
  const roles = rolesOf(effects);

  return {
    ...{ of, items, copiedAt, customers, promised, faults, roles, effects, effect, pass, until, accepts, streams },
    now: () => time,
    killAfter: (count: number) => {
      left = count;
    },
    /** `scripts/up` of a platform that runs. */
    async up() {
      for (const region of regions) if (!named(region).joined) await roles.rejoin(region);
      for (const region of roles.writerFirst()) await roles.startStores(region);
      for (const region of regions) await roles.pointAtWriter(region);
    },
    /** `scripts/down`, and `scripts/up`: clusters start empty, data stay. */
    async anew() {
      for (const one of Object.values(of)) {
        delete one.runs;
        Object.assign(one, { hangs: false, promoting: false, joined: true, fence: { latest: 0 } });
        Object.assign(one.pods, { run: false, held: true });
      }
      await Promise.all(
        regions.map((region) => until('stores', 300, () => roles.startStores(region).then(() => true))),
      );
      for (const region of regions) {
        // keepLostEmpty
        if (region === seoul && wanted(region) !== '') named(region).fence.heldBy = named(region).writer.epoch;
        await roles.pointAtWriter(region);
        named(region).pods.held = false;
      }
    },
    /** `scripts/region seoul on`. */
    regionOn: () => roles.rejoin(seoul),
  };
}
