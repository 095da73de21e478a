import { describe, expect, test } from '@jest/globals';
import type { Branch } from '../../dr/types.ts';
import { drilled, killed } from './failback.testing.ts';
import { hasAllUntil } from './failback-steps.ts';

const print = () => undefined;
type Model = ReturnType<typeof drilled>;
/** Who comes before the next failback. */
const between = ['nobody', 'up', 'anew', 'regionOn'] as const;
const triggers: Branch[] = ['svc-failure', 'db-failure', 'region-failure', 'db+app-failure'];
const alive = Number.POSITIVE_INFINITY;
/** More effects than any story has: one that never ends fails. */
const most = 100;

/** Whether it ended before it was killed. */
async function killedAt(count: number, { killAfter }: Model, work: () => Promise<void>): Promise<boolean> {
  killAfter(count);
  try {
    await work();
    return true;
  } catch (error) {
    if (error !== killed) throw error;
    return false;
  } finally {
    killAfter(alive);
  }
}
const comes = async (who: (typeof between)[number] = 'nobody', regions: Model) => {
  if (who !== 'nobody') await regions[who]();
};
async function failBack(regions: Model): Promise<void> {
  await regions.cure();
  await regions.failback.failBack(print);
}
/** What is wrong at the end of a story. */
async function story(run: (regions: Model) => Promise<unknown>): Promise<string[]> {
  const regions = drilled();
  try {
    await run(regions);
    const left = await regions.failback.stillLeft();
    return [...left.map((one) => `left: ${one}`), ...regions.wrong()];
  } catch (error) {
    return [(error as Error).stack ?? ''];
  }
}

test.each<[Branch, number, string[]]>([
  ['svc-failure', 1, ['a show']],
  ['svc-failure', 2, ['the quota of a drill', 'a show']],
  ['db-failure', 2, ["Seoul's PostgreSQL", 'a show']],
  ['db-failure', 4, ["Seoul's PostgreSQL", "Seoul's fence", 'a show', 'the last failover']],
  ['db-failure', 5, ["Seoul's PostgreSQL", "Seoul's fence", 'a show', 'the last failover']],
  ['db-failure', 6, ['Tokyo has taken over']],
  ['svc-failure', 6, ['not all customers', 'the quota of a drill', 'a show', 'the last failover']],
])('a %s that is killed before effect %i: it is known what is left', async (trigger, count, left) => {
  const regions = drilled();
  expect(await killedAt(count, regions, () => regions.drill(trigger))).toBe(false);
  regions.pass(9);
  const known = await regions.failback.stillLeft();
  expect(known).toEqual(left.map((words) => expect.stringMatching(`^${words}`)));
});

test('where only a show is on sale, the plan names it, and the cure does not bring Seoul back', async () => {
  const regions = drilled();
  const openSteps = async () => {
    const { steps } = regions.failback;
    const are = await Promise.all(steps.map(({ isDone }) => isDone()));
    return steps.filter((_, index) => !are[index]).map(({ name }) => name);
  };
  expect(await openSteps()).toEqual([]);
  await killedAt(1, regions, () => regions.drill('db-failure'));
  expect(await regions.failback.stillLeft()).toEqual(['a show of a drill or of a failback is on sale']);
  expect(await regions.failback.cure()).toBe('scripts/failback execute --confirm clears it');
  expect(await openSteps()).toEqual([
    'close the shows of drills and of trial purchases',
    "start Tokyo's services as the standby",
  ]);
  await regions.drill('db-failure');
  expect(await regions.failback.cure()).toBe('scripts/failback brings Seoul back');
});

test('a failback prints its trial purchases', async () => {
  const regions = drilled();
  await regions.drill('db-failure');
  await regions.cure();
  const lines: string[] = [];
  await regions.failback.failBack((line) => lines.push(line));
  expect(lines.filter((line) => line.startsWith('trial purchase in Seoul: a seat'))).toHaveLength(2);
});

const copied = (...behind: (number | null)[]) => ({
  ...{ at: 9000, writer: 'tokyo' },
  behind: Object.fromEntries(behind.map((seconds, index) => [`${index}`, seconds])),
});
test.each([
  ['nobody measures', undefined, undefined, false],
  ['nothing is copied', copied(), undefined, false],
  ['one copy is not known', copied(1, null), undefined, false],
  ['all copies are later than the moment', copied(1, 3.999), undefined, true],
  ['one copy is as late as the moment', copied(1, 4), undefined, false],
  ['PostgreSQL is at the same position', copied(1), ['0/A', '0/A'], true],
  ['PostgreSQL is behind', copied(1), ['0/9', '0/A'], false],
] as const)('Seoul has all that was written in Tokyo: %s', (_, lag, positions, has) => {
  expect(hasAllUntil(5000, lag, positions && [...positions])).toBe(has);
});

test('a failback changes nothing while something is in the way', async () => {
  const regions = drilled();
  await regions.drill('region-failure');
  regions.killAfter(0);
  await expect(regions.failback.failBack(print)).rejects.toThrow(
    'seoul cannot take over yet:\n- seoul is cut off\n- Seoul',
  );
});

test.each([
  [10, [10]],
  [50, [10, 50]],
])('a trial purchase that fails at %i %% closes the entrance', async (failAt, tried) => {
  const regions = drilled();
  await regions.drill('db-failure');
  regions.trials.failAt = failAt;
  await regions.cure();
  await expect(regions.failback.failBack(print)).rejects.toThrow('no ticket; the entrance is closed again');
  expect(regions.trials.at).toEqual(tried);
  expect(regions.customers.enter).toEqual({ seoul: 0, tokyo: 0 });
  delete regions.trials.failAt;
  await failBack(regions);
  expect([...regions.trials.at.slice(tried.length), ...regions.wrong()]).toEqual([10, 50]);
});

describe.each(triggers)('%s', (trigger) => {
  test.each(between)(
    'a failback that is killed before any of its effects ends at the next, with %s between',
    async (who) => {
      const breaches: string[] = [];
      let at = 0;
      for (let ended = false; !ended && at < most; at++)
        for (const wrong of await story(async (regions) => {
          await regions.drill(trigger);
          await regions.cure();
          ended = await killedAt(at, regions, () => regions.failback.failBack(print));
          expect(await regions.failback.isFinished()).toBe(ended);
          if (!ended) await comes(who, regions);
          await failBack(regions);
        }))
          breaches.push(`killed before effect ${at}: ${wrong}`);
      expect(at).toBeGreaterThan(20);
      expect(breaches).toEqual([]);
    },
  );

  test.each(between)(
    'a drill that is killed before any of its effects is mended by a failback, with %s between',
    async (who) => {
      const breaches: string[] = [];
      let at = 0;
      for (let ended = false; !ended && at < most; at++)
        for (const wrong of await story(async (regions) => {
          ended = await killedAt(at, regions, () => regions.drill(trigger));
          expect(await regions.failback.isFinished()).toBe(at === 0);
          await comes(who, regions);
          await failBack(regions);
        }))
          breaches.push(`killed before effect ${at}: ${wrong}`);
      expect(at).toBeGreaterThan(6);
      expect(breaches).toEqual([]);
    },
  );

  test('drill, whoever comes then, and the failback may all be killed', async () => {
    const breaches: string[] = [];
    let ended = false;
    for (let drill = 0; !ended && drill < most; drill++)
      // Each fifth, to be quick: the next drill takes others.
      for (let failback = drill % 5; failback < 60; failback += 5) {
        const [first, second] = [drill + failback, failback].map((n) => between[n % between.length]);
        for (const wrong of await story(async (regions) => {
          ended = await killedAt(drill, regions, () => regions.drill(trigger));
          // Before an `up` of empty clusters has ended nobody does anything else.
          await killedAt(first === 'anew' ? alive : (drill * 5 + failback) % 17, regions, () => comes(first, regions));
          await killedAt(failback, regions, () => failBack(regions));
          await comes(second, regions);
          await failBack(regions);
        }))
          breaches.push(`${drill}, ${first}, ${failback}, ${second}: ${wrong}`);
      }
    expect(breaches).toEqual([]);
    expect(ended).toBe(true);
  });
});
