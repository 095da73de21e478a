/** Two regions after a failover, as a failback sees them. It is killed before any of its effects; then goes on whoever comes next. */
import type { Groups } from '../accelerator/accelerator.ts';
import { shares } from '../accelerator/accelerator.ts';
import { type Effects, rolesOf } from '../stores/roles.ts';
import type { Writer } from '../stores/writer.ts';
import { type Region, type RegionName, regions, seoul, tokyo } from '../topology.ts';
import { failbackOf, type World } from './failback-steps.ts';

export const killed = new Error('killed');

/** PostgreSQL on disk: `signal` is the mark of a standby. */
type Disk = { rows: Set<string>; signal: boolean };
type Of = {
  writer: Writer;
  /** Whom the settings that were written last name as the source. */
  settings: RegionName | '';
  /** What the engines that run started with, or what they were promoted to since. */
  runs?: { source: RegionName | '' };
  disk: Disk | undefined;
  /** What a former writer had, which a base backup replaced. */
  lost: string[];
  slots: Set<string>;
  promoting: boolean;
  fence: Writer;
  pods: { points: RegionName; held: boolean };
  joined: boolean;
};

export type Failure = 'svc-failure' | 'db-failure';

export function afterFailover(failure: Failure) {
  const moved = failure === 'db-failure';
  const writer: Writer = moved ? { region: 'tokyo', epoch: 2 } : { region: 'seoul', epoch: 2, items: 'tokyo' };
  const first = (name: RegionName): Of => {
    const writes = writer.region === name;
    return {
      ...{ writer, settings: writes ? '' : writer.region, runs: { source: writes ? '' : writer.region } },
      ...{ disk: { rows: new Set(['before']), signal: !writes }, lost: [], promoting: false, joined: true },
      // A base backup brings no slot along.
      slots: new Set(writes ? regions.map((one) => one.name).filter((one) => one !== name) : []),
      ...{ fence: writer, pods: { points: writer.region, held: name === 'seoul' } },
    };
  };
  const of: Record<RegionName, Of> = { seoul: first('seoul'), tokyo: first('tokyo') };
  /** Items of DynamoDB, and the region whose stand-in copies from where. */
  const items: Record<RegionName, Set<string>> = { seoul: new Set(['before']), tokyo: new Set(['before', 'sold']) };
  let groups: Groups = { seoul: { dial: 0, weight: 0 }, tokyo: { dial: 100, weight: 128 } };
  let letsIn = 100;
  let enter = shares(groups);
  let forgotten = false;
  let isOpen = false;
  const faults: string[] = [];
  of[writer.region].disk?.rows.add('sold');

  /** Effects until it is killed. */
  let left = Number.POSITIVE_INFINITY;
  const effect = () => {
    if (left-- <= 0) throw killed;
    for (const region of regions) replicate(region.name);
  };
  const other = (name: RegionName): RegionName => (name === 'seoul' ? 'tokyo' : 'seoul');
  const accepts = (name: RegionName) => of[name].runs !== undefined && of[name].disk?.signal === false;
  const streams = (name: RegionName) => {
    const source = of[name].runs?.source;
    return of[name].disk?.signal === true && !!source && of[source].runs !== undefined && of[source].slots.has(name);
  };
  /** What the engines do by themselves. */
  function replicate(name: RegionName): void {
    const { runs, disk } = of[name];
    const source = runs?.source;
    if (runs && !disk && source && of[source].slots.has(name) && accepts(source))
      of[name].disk = { rows: new Set(of[source].disk?.rows), signal: true };
    if (streams(name) && source) for (const row of of[source].disk?.rows ?? []) of[name].disk?.rows.add(row);
    const { region, items: at = region } = of[name].writer;
    if (runs && at !== name && of[at].runs) for (const item of items[at]) items[name].add(item);
    // Two that write, each for customers or pods: what one of them takes the other never has.
    if (accepts('seoul') && accepts('tokyo') && (enter.seoul > 0 || !of.tokyo.pods.held))
      faults.push('two PostgreSQLs write, and somebody may reach both');
  }
  const named = (region: Region) => of[region.name];

  const effects: Effects = {
    regions,
    knows: (region) => named(region).writer,
    tell: (region, news) => {
      effect();
      if (news.epoch > named(region).writer.epoch) named(region).writer = news;
    },
    stores: {
      areUp: (region) => named(region).runs !== undefined,
      haveSettings: (region) => named(region).settings === wanted(region),
      stop: async (region) => {
        effect();
        delete named(region).runs;
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
        if (one.settings && one.disk && !one.disk.signal) {
          one.lost.push(...one.disk.rows);
          one.disk = undefined;
        }
        replicate(region.name);
      },
      makeMissing: async (region) => {
        effect();
        const { disk, slots } = named(region);
        if (!disk) throw new Error(`${region.name}: postgres prod: not within 300 s`);
        if (!disk.signal) slots.add(other(region.name));
        return [];
      },
    },
    isStandby: async (region) => {
      const one = named(region);
      if (!one.disk || !one.runs) throw new Error(`${region.name}: PostgreSQL does not answer`);
      const { signal } = one.disk;
      // It is accepted first, and done a moment later.
      if (one.promoting) [one.promoting, one.disk.signal] = [false, false];
      return signal;
    },
    promote: async (region) => {
      effect();
      named(region).promoting = true;
    },
    tellFence: async (region, news) => {
      effect();
      if (region === seoul) named(region).fence = news;
    },
    pointPods: async (region, to) => {
      effect();
      named(region).pods.points = to.name;
    },
    fenced: async () => effect(),
    join: async (region) => {
      effect();
      named(region).joined = true;
    },
    until: again,
  };
  const wanted = (region: Region) => {
    const { region: at } = named(region).writer;
    return at === region.name ? '' : at;
  };
  async function again(what: string, _: number, attempt: () => Promise<boolean>) {
    let last = 'it did not happen';
    for (let tries = 0; tries < 20; tries++) {
      for (const region of regions) replicate(region.name);
      try {
        if (await attempt()) return;
      } catch (error) {
        if (error === killed) throw error;
        last = (error as Error).message;
      }
    }
    throw new Error(`${what}: ${last}`);
  }

  const roles = rolesOf(effects);
  /** Whoever wants pods of prod in Seoul: its fence lets them start when Seoul writes by later news. */
  const seoulServes = async () =>
    of.seoul.fence.region === 'seoul' && (of.seoul.fence.epoch > writer.epoch || !moved) && !of.seoul.pods.held;
  const world: Omit<World, 'roles'> = {
    ...{ seoul, tokyo },
    accelerator: {
      wanted: () => ({ groups, letsIn }),
      now: async () => enter,
      async turn(next, percent = 100) {
        effect();
        [groups, letsIn] = [next, percent];
        effect();
        enter = { seoul: (shares(next).seoul * percent) / 100, tokyo: (shares(next).tokyo * percent) / 100 };
      },
    },
    trial: {
      async open() {
        effect();
        if (!of.seoul.runs) throw new Error('the show of the trial: no DynamoDB answers');
        isOpen = true;
      },
      async purchase() {
        effect();
        if (!(await seoulServes()) || !accepts('seoul') || of.seoul.pods.points !== 'seoul' || !isOpen)
          throw new Error('a trial purchase in Seoul: 503');
        of.seoul.disk?.rows.add('trial');
        items.seoul.add('trial');
      },
      async close() {
        effect();
        isOpen = false;
      },
    },
    standby: {
      async hold() {
        effect();
        of.tokyo.pods.held = true;
      },
      isHeld: async () => of.tokyo.pods.held,
      async release() {
        effect();
        of.tokyo.pods.held = false;
      },
      serves: async () => !of.tokyo.pods.held,
    },
    prod: {
      async release() {
        effect();
        of.seoul.pods.held = false;
      },
      serves: seoulServes,
    },
    hasAllUntil: async () => items.seoul.has('sold') && of.seoul.disk?.rows.has('sold') === true,
    isForgotten: () => forgotten,
    forget() {
      effect();
      forgotten = true;
    },
    until: again,
    now: () => 0,
  };
  const failback = failbackOf({ ...world, roles });

  return {
    ...{ faults, failback },
    killAfter: (count: number) => {
      left = count;
    },
    /** `scripts/up` of a platform that runs. */
    async up() {
      for (const region of regions) await roles.startStores(region);
      for (const region of regions) await roles.pointAtWriter(region);
    },
    /** `scripts/down`, and `scripts/up`: clusters start empty, data stay. */
    async anew() {
      for (const region of regions) {
        delete named(region).runs;
        named(region).pods.held = false;
        named(region).promoting = false;
      }
      await Promise.all(
        regions.map((region) => again('stores', 300, () => roles.startStores(region).then(() => true))),
      );
      for (const region of regions) await roles.pointAtWriter(region);
    },
    /** `scripts/region seoul off` and `on`. */
    async cutAndJoined() {
      await roles.rejoin(seoul);
    },
    /** Of what is to be true at the end, what is not. */
    wrong(): string[] {
      const { seoul: here, tokyo: there } = of;
      for (const region of regions) replicate(region.name);
      const facts: [string, boolean][] = [
        ['Seoul writes', accepts('seoul') && here.settings === ''],
        ['Tokyo copies Seoul', streams('tokyo') && there.settings === 'seoul'],
        ['both know', here.writer === there.writer && here.writer.region === 'seoul' && !here.writer.items],
        ['the fence knows', here.fence.epoch === here.writer.epoch],
        ['pods write in Seoul', here.pods.points === 'seoul' && there.pods.points === 'seoul'],
        ['customers enter Seoul', enter.seoul === 100 && enter.tokyo === 0],
        ['pods run in both', !here.pods.held && !there.pods.held],
        ['no trial is on sale', !isOpen],
        ['the next failover is a new one', forgotten],
        ['nothing is lost', here.disk?.rows.has('sold') === true && items.seoul.has('sold')],
        ['Tokyo has what Seoul has', there.disk?.rows.has('trial') === true && items.tokyo.has('trial')],
      ];
      return facts.filter(([, holds]) => !holds).map(([name]) => `not so: ${name}`);
    },
  };
}
