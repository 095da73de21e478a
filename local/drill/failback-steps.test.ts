import { describe, expect, test } from '@jest/globals';
import type { Branch } from '../../dr/types.ts';
import { drilled, killed } from './failback.testing.ts';

const say = () => undefined;
type Model = ReturnType<typeof drilled>;
/** Who comes before the next failback. */
const between = ['nobody', 'up', 'anew', 'regionOn'] as const;
const triggers: Branch[] = ['svc-failure', 'db-failure', 'region-failure', 'db+app-failure'];
const alive = Number.POSITIVE_INFINITY;

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
  await regions.failback.failBack(say);
}
/** What is wrong at the end of a story. */
async function story(tell: (regions: Model) => Promise<unknown>): Promise<string[]> {
  const regions = drilled();
  try {
    await tell(regions);
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

describe.each(triggers)('%s', (trigger) => {
  test.each(between)(
    'a failback that is killed before any of its effects ends at the next, with %s between',
    async (who) => {
      const breaches: string[] = [];
      let at = 0;
      for (let ended = false; !ended; at++)
        for (const wrong of await story(async (regions) => {
          await regions.drill(trigger);
          await regions.cure();
          ended = await killedAt(at, regions, () => regions.failback.failBack(say));
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
      for (let ended = false; !ended; at++)
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
    for (let drill = 0; !ended; drill++)
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
  });
});
