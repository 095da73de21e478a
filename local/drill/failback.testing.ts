/** Drills and failbacks over the model of both regions, with the real steps. Each is killed before any of its effects; then goes on whoever comes next. */
import { planTraffic } from '../../dr/ga-switch-endpoint/switch.ts';
import type { Branch } from '../../dr/types.ts';
import { shares } from '../accelerator/accelerator.ts';
import { type RegionName, seoul, tokyo } from '../topology.ts';
import { failbackOf } from './failback-steps.ts';
import { failoverOf } from './failover-steps.ts';
import { killed, regionsModel } from './regions.testing.ts';

export { killed };

export function drilled() {
  const model = regionsModel();
  const { of, items, copiedAt, customers, promised, faults, roles, effects, effect, pass, until, now } = model;
  const shows = new Set<string>();
  let forgotten = true;
  /** How many percent of the customers had been let in at each trial purchase, and at which none works. */
  const trials: { at: number[]; failAt?: number } = { at: [] };
  const before = JSON.stringify(customers.groups);

  const accelerator = {
    wanted: () => customers,
    now: async () => customers.enter,
    async turn(groups: typeof customers.groups, letsIn = 100) {
      effect();
      Object.assign(customers, { groups, letsIn });
      effect();
      const { seoul: here, tokyo: there } = shares(groups);
      customers.enter = { seoul: (here * letsIn) / 100, tokyo: (there * letsIn) / 100 };
    },
  };
  const hold = async ({ pods }: (typeof of)[RegionName]) => {
    effect();
    pods.held = true;
    effect();
    pods.run = false;
  };
  const release = async ({ pods }: (typeof of)[RegionName]) => {
    effect();
    pods.held = false;
  };
  const has = (name: RegionName) => ({
    items: (wanted: Iterable<string>) => [...wanted].every((one) => items[name].has(one)),
    rows: (wanted: Iterable<string>) => [...wanted].every((one) => of[name].disk?.rows.has(one)),
  });

  const failback = failbackOf({
    ...{ seoul, tokyo, roles, accelerator, until },
    trial: {
      async open() {
        effect();
        if (!of.seoul.runs) throw new Error('the show of the trial: no DynamoDB answers');
        shows.add('trial');
      },
      async purchase() {
        effect();
        const { pods } = of.seoul;
        if (!pods.run || !model.accepts('seoul') || pods.points !== 'seoul' || !shows.has('trial'))
          throw new Error('a trial purchase in Seoul: 503');
        trials.at.push(customers.letsIn);
        if (customers.letsIn === trials.failAt) throw new Error('a trial purchase in Seoul: no ticket');
        of.seoul.disk?.rows.add('trial');
        promised.rows.add('trial');
        return 'a seat';
      },
      isOn: async () => shows.size > 0,
      async close() {
        effect();
        shows.clear();
      },
    },
    standby: {
      hold: () => hold(of.tokyo),
      isHeld: async () => of.tokyo.pods.held,
      release: () => release(of.tokyo),
      serves: async () => of.tokyo.pods.run,
    },
    prod: {
      release: () => release(of.seoul),
      serves: async () => of.seoul.pods.run,
      isHeld: async () => of.seoul.pods.held,
      heldBy: async () => {
        const { received, heldBy = 0 } = of.seoul.fence;
        return Math.max(heldBy, received && received.region !== 'seoul' ? received.epoch : 0);
      },
    },
    hangs: async () => of.seoul.hangs,
    obstacles: async () => [
      ...[seoul, tokyo].filter(({ name }) => !of[name].joined).map(({ name }) => `${name} is cut off`),
      ...(roles.lastWriter().region === 'seoul' || model.streams('seoul') ? [] : ["Seoul does not copy Tokyo's"]),
    ],
    lag: () => ({ at: now(), writer: 'tokyo', behind: { items: (now() - copiedAt.seoul) / 1000 } }),
    positions: async () => [`${of.seoul.disk?.rows.size}`, `${of.tokyo.disk?.rows.size}`],
    isForgotten: () => forgotten,
    forget() {
      effect();
      if (!of.tokyo.pods.run) faults.add('the failover is forgotten, and Tokyo has no standby that serves');
      forgotten = true;
    },
    now,
  });

  const failover = failoverOf({
    ...{ tokyo, roles },
    known: () => of.tokyo.writer,
    fence: {
      notify: async (news) => {
        if (!of.seoul.joined) throw new Error('Seoul does not answer');
        await effects.notifyFence(seoul, news);
      },
      fenced: () => effects.fenced(seoul),
    },
    accelerator: { groups: () => customers.groups, turn: (groups) => accelerator.turn(groups) },
  });
  const hang = () => {
    effect();
    of.seoul.hangs = true;
  };
  const begin: Record<Branch, () => Promise<void>> = {
    'svc-failure': () => hold(of.seoul),
    'db-failure': async () => hang(),
    'region-failure': async () => {
      effect();
      of.seoul.joined = false;
    },
    'db+app-failure': async () => {
      hang();
      await hold(of.seoul);
    },
  };

  return {
    ...model,
    ...{ failback, trials },
    /** What the state machine does, as far as it changes these regions. */
    async drill(trigger: Branch) {
      effect();
      shows.add('drill');
      await begin[trigger]();
      // What had not been copied is the loss that a failover may have.
      if (trigger !== 'svc-failure')
        for (const row of promised.rows) if (!has('tokyo').rows([row])) promised.rows.delete(row);
      // Until the alarm.
      pass(9);
      effect();
      forgotten = false;
      if (trigger !== 'svc-failure') {
        // Best effort.
        await failover.fence().catch((error) => {
          if (error === killed) throw error;
        });
        await failover.promote();
        await until('Tokyo writes', 300, async () => !(await effects.isStandby(tokyo)));
      }
      const group = (name: RegionName) => {
        const { dial, weight } = customers.groups[name];
        return { dial, endpoints: [{ id: name, weight, keepsClientAddress: false }] };
      };
      const changes = planTraffic({ seoul: group('seoul'), tokyo: group('tokyo') }, { seoul: 'seoul', tokyo: 'tokyo' });
      for (const { region, group } of changes)
        await failover.turn(region, { dial: group.dial, weight: group.endpoints[0]?.weight as number });
      if (trigger !== 'svc-failure') await roles.startStores(tokyo);
      pass(9);
      effect();
      shows.clear();
    },
    /** What the obstacles of a failback have a person do first. */
    async cure() {
      const isCopy = model.streams('seoul');
      if (!of.seoul.joined || (roles.lastWriter().region === 'tokyo' && !isCopy)) await roles.rejoin(seoul);
    },
    /** Of what is to be true at the end, what is not. */
    wrong(): string[] {
      pass(9);
      const { seoul: here, tokyo: there } = of;
      // The last ones may still be on their way to Tokyo.
      const [rows, sold] = [new Set(promised.rows), new Set(promised.items)];
      pass(20);
      const facts: [string, boolean][] = [
        ['Seoul writes', model.accepts('seoul') && here.settings === ''],
        ['Tokyo copies Seoul', model.streams('tokyo') && there.settings === 'seoul'],
        ['both know', here.writer === there.writer && here.writer.region === 'seoul' && !here.writer.items],
        ['both are joined', here.joined && there.joined],
        ['pods write in Seoul', here.pods.points === 'seoul' && there.pods.points === 'seoul'],
        ['customers enter Seoul', customers.enter.seoul === 100 && customers.enter.tokyo === 0],
        ['the accelerator is set to what it was before', JSON.stringify(customers.groups) === before],
        ['pods run in both', here.pods.run && there.pods.run && !here.pods.held && !there.pods.held],
        ['no show is on sale', shows.size === 0],
        ['the next failover is a new one', forgotten],
        ['nothing is lost', has('seoul').rows(promised.rows) && has('seoul').items(promised.items)],
        ['Tokyo has what Seoul has', has('tokyo').rows(rows) && has('tokyo').items(sold)],
      ];
      return [...facts.filter(([, holds]) => !holds).map(([name]) => `not so: ${name}`), ...model.faults];
    },
  };
}
