/**
 * The steps of a failback. Somebody may kill it anywhere, and start the platform anew in between: a step says whether it is done by what is, its work can
 * be done again, and the last thing that it does is what makes it done.
 */
import { UserError } from '../../lib/errors.ts';
import { type Groups, shares } from '../accelerator/accelerator.ts';
import type { Lag } from '../stores/replicate/settings.ts';
import type { rolesOf } from '../stores/roles.ts';
import type { Region, RegionName } from '../topology.ts';

/** What a failback reads and changes; a test has a model of it, which it kills anywhere. A drill that was killed may have left any of it broken. */
export type FailbackEffects = {
  seoul: Region;
  tokyo: Region;
  roles: ReturnType<typeof rolesOf>;
  /** What keeps one from failing back, all at once, each with its cure. */
  obstacles: () => Promise<string[]>;
  accelerator: {
    /** What it received last, and how many of 100 customers may enter at all. */
    wanted: () => { groups: Groups; letsIn: number };
    /** Of 100 customers, how many enter each region now. */
    now: () => Promise<Record<RegionName, number>>;
    turn: (groups: Groups, letsIn?: number) => Promise<void>;
  };
  trial: {
    open: () => Promise<unknown>;
    /** Gives what it bought, for people. */
    purchase: () => Promise<string>;
    /** Whether a show of a trial or of a drill is on sale in Seoul. */
    isOn: () => Promise<boolean>;
    close: () => Promise<void>;
  };
  /** Pods of dr in Tokyo. */
  standby: Pods & { hold: () => Promise<void>; isHeld: () => Promise<boolean> };
  /** Pods of prod in Seoul. */
  prod: Pods & {
    /** Whether a drill lets none start. */
    isHeld: () => Promise<boolean>;
    /** The epoch by which Seoul's fence holds them, or will in a moment: it lets them start for a later one only. */
    heldBy: () => Promise<number>;
  };
  /** Whether Seoul's PostgreSQL stands still. */
  hangs: () => Promise<boolean>;
  /** How far the copies in Seoul are, and the positions of both PostgreSQLs in the log, Seoul's first. */
  lag: () => Lag | undefined;
  positions: () => Promise<[string, string]>;
  /** Whether the next failover is a new one. */
  isForgotten: () => boolean;
  forget: () => void;
  until: (what: string, seconds: number, attempt: () => Promise<boolean>, pause?: number) => Promise<unknown>;
  /** Milliseconds since 1970. */
  now: () => number;
};
type Pods = { release: () => Promise<void>; serves: () => Promise<boolean> };

/**
 * Whether Seoul has all that was written in Tokyo before a moment, in milliseconds since 1970. `positions`: of both PostgreSQLs, where Tokyo's writes: its
 * lag is the age of a row that is written each second, so the last rows may be newer than that row.
 */
export function hasAllUntil(moment: number, lag: Lag | undefined, positions?: [string, string]): boolean {
  const copied = Object.values(lag?.behind ?? {}).map((seconds) =>
    seconds === null ? 0 : (lag?.at ?? 0) - seconds * 1000,
  );
  if (copied.length === 0 || Math.min(...copied) <= moment) return false;
  return positions === undefined || positions[0] === positions[1];
}

export type Print = (line: string) => void;
export type Step = {
  name: string;
  why: string;
  isDone: () => Promise<boolean> | boolean;
  run: (print: Print) => Promise<void>;
};

const home: Groups = { seoul: { dial: 100, weight: 128 }, tokyo: { dial: 0, weight: 0 } };
/**
 * Nobody enters while the writer changes. No step lets customers into both regions: a condition of a write holds in one region only, on AWS, too, so
 * both would sell the same seat.
 */
const closed: Groups = { seoul: { dial: 0, weight: 0 }, tokyo: { dial: 0, weight: 0 } };

export function failbackOf({
  seoul,
  tokyo,
  roles,
  accelerator,
  trial,
  standby,
  prod,
  until,
  ...effects
}: FailbackEffects) {
  const letIn = (percent: number): boolean => {
    const { groups, letsIn } = accelerator.wanted();
    return shares(groups).seoul === 100 && letsIn >= percent;
  };
  const writesInSeoul = () => roles.lastWriter().region === seoul.name && roles.itemsWriter() === seoul;
  /** Whether Seoul's fence knows a later epoch than anybody else: a drill notifies it first, and Tokyo writes by that epoch only then. */
  const isAhead = async () => (await prod.heldBy()) >= roles.lastWriter().epoch;
  const those = async (facts: [string, boolean | Promise<boolean>][]): Promise<string[]> => {
    const are = await Promise.all(facts.map(([, is]) => is));
    return facts.filter((_, index) => are[index]).map(([text]) => text);
  };
  /** Why Seoul, which writes, does not serve as before any failover. */
  const broken = () => {
    const { groups, letsIn } = accelerator.wanted();
    const names = Object.keys(home) as RegionName[];
    const isOpen =
      letsIn === 100 && names.every((n) => groups[n].dial === home[n].dial && groups[n].weight === home[n].weight);
    return those([
      ['not all customers enter Seoul', !isOpen],
      ["Seoul's PostgreSQL of prod stands still", effects.hangs()],
      ['the quota of a drill lets no pod of prod start in Seoul', prod.isHeld()],
      ["Seoul's fence was notified that Tokyo writes, and lets no pod of prod start", isAhead()],
    ]);
  };
  /** What the last two steps do. */
  const lastLeft = () =>
    those([
      ['a show of a drill or of a failback is on sale', trial.isOn()],
      ['no pod of dr may start in Tokyo', standby.isHeld()],
      ['the last failover is not forgotten', !effects.isForgotten()],
    ]);
  /** Whether Seoul writes and serves, as before any failover. */
  const isHome = async () => writesInSeoul() && (await broken()).length === 0;
  /** All that keeps Seoul from being home with Tokyo as its standby, ready for a failover that is a new one. */
  const stillLeft = async (): Promise<string[]> =>
    writesInSeoul()
      ? [...(await broken()), ...(await lastLeft())]
      : [`Tokyo has taken over already (epoch ${roles.lastWriter().epoch})`];

  /** What a person does about what is left. */
  const cure = async () =>
    (await isHome()) ? 'scripts/failback execute --confirm clears it' : 'scripts/failback brings Seoul back';

  /** Moment when nobody wrote in Tokyo any more. */
  let quietSince = 0;

  const steps: Step[] = [
    {
      name: 'close the entrance',
      why: 'customers wait from here on',
      isDone: isHome,
      run: () => accelerator.turn(closed),
    },
    {
      name: "end Tokyo's services",
      why: 'nobody writes in Tokyo any more',
      isDone: () => roles.itemsWriter() === seoul,
      async run() {
        await standby.hold();
        quietSince = effects.now();
      },
    },
    {
      name: 'wait for the last of what Tokyo has',
      why: 'so that nothing is lost',
      isDone: () => roles.itemsWriter() === seoul,
      async run() {
        // Who was killed while it moved the writing of items recorded it in one region only; Seoul copies nothing before it has it too.
        roles.writeItemsIn(roles.itemsWriter());
        const positions = async () => (roles.lastWriter().region === seoul.name ? undefined : effects.positions());
        await until('the copies in Seoul', 120, async () => hasAllUntil(quietSince, effects.lag(), await positions()));
      },
    },
    {
      name: 'make Seoul the writer',
      why: 'it has all that Tokyo has',
      isDone: async () => writesInSeoul() && !(await isAhead()),
      async run() {
        const { region, epoch } = roles.lastWriter();
        const later = Math.max(epoch, await prod.heldBy()) + 1;
        if (region !== seoul.name) await roles.takeOver(seoul, later);
        // The next step has its fence hear of it, when PostgreSQL goes on.
        else if (await isAhead()) roles.writeSince(seoul, later);
        roles.writeItemsIn(seoul);
      },
    },
    {
      name: 'have both regions go by that',
      why: "Tokyo's stores become copies again",
      // Done again each time: engines, pods and fences are updated one after the other.
      isDone: isHome,
      async run() {
        // Seoul first: it makes the slot that Tokyo's copy begins with.
        await roles.startStores(seoul);
        // Seoul's services find it when they start.
        await trial.open();
        await roles.pointAtWriter(seoul);
        await roles.startStores(tokyo);
        await roles.pointAtWriter(tokyo);
      },
    },
    {
      name: "start Seoul's services",
      why: 'before anybody enters',
      isDone: async () => !(await prod.isHeld()) && (await prod.serves()),
      async run() {
        await prod.release();
        await until('services of prod', 240, prod.serves, 1000);
      },
    },
    ...[10, 50, 100].map(
      (percent): Step => ({
        name: `let ${percent} % of the customers into Seoul`,
        why: percent === 100 ? 'they are back' : 'the others wait; a purchase has to work before more are let in',
        // It is written down before the accelerator changes.
        isDone: async () => writesInSeoul() && letIn(percent) && (await accelerator.now()).seoul >= percent,
        async run(print) {
          await accelerator.turn(home, percent);
          if (percent === 100) return;
          const bought = await trial.purchase().catch(async (error: Error) => {
            await accelerator.turn(closed);
            throw new Error(`${error.message}; the entrance is closed again`);
          });
          print(`trial purchase in Seoul: ${bought}`);
        },
      }),
    ),
    {
      name: 'close the shows of drills and of trial purchases',
      why: 'nobody may buy there any more',
      isDone: async () => !(await trial.isOn()),
      run: () => trial.close(),
    },
    {
      name: "start Tokyo's services as the standby",
      why: 'and forget the failover, so that the next one is a new one',
      isDone: async () => (await lastLeft()).length === 0,
      async run() {
        await standby.release();
        await until('services of dr', 240, standby.serves, 1000);
        effects.forget();
      },
    },
  ];

  /** Throws a UserError with all that is in the way. */
  async function refuse(): Promise<void> {
    const found = await effects.obstacles();
    if (found.length > 0)
      throw new UserError(`seoul cannot take over yet:\n${found.map((line) => `- ${line}`).join('\n')}`);
  }

  return {
    steps,
    refuse,
    isHome,
    stillLeft,
    cure,
    isFinished: async () => (await stillLeft()).length === 0,
    /** Does what is left, if nothing is in the way. */
    async failBack(print: Print): Promise<void> {
      await refuse();
      for (const { name, why, isDone, run } of steps) {
        if (await isDone()) continue;
        print(`${name}: ${why}`);
        await run(print);
      }
    },
  };
}
