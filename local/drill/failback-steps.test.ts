import { describe, expect, test } from '@jest/globals';
import { afterFailover, type Failure, killed } from './failback.testing.ts';

const say = () => undefined;
/** Who comes before the next failback. */
const between = ['nobody', 'up', 'anew', 'cutAndJoined'] as const;

describe.each<Failure>(['svc-failure', 'db-failure'])('after a %s', (failure) => {
  test.each(between)(
    'a failback that is killed before any of its effects ends at the next, with %s between',
    async (who) => {
      const breaches: string[] = [];
      let at = 0;
      for (let ended = false; !ended; at++) {
        const regions = afterFailover(failure);
        const breach = (text: string) => breaches.push(`killed before effect ${at}: ${text}`);
        regions.killAfter(at);
        await regions.failback.failBack(say).then(
          () => {
            ended = true;
          },
          (error) => {
            if (error !== killed) breach(error.message);
          },
        );
        regions.killAfter(Number.POSITIVE_INFINITY);
        if (!ended) {
          expect(await regions.failback.isFinished()).toBe(false);
          if (who !== 'nobody') await regions[who]().catch(({ message }) => breach(`${who}: ${message}`));
        }
        await regions.failback.failBack(say).catch(({ message }) => breach(message));
        for (const one of [...regions.wrong(), ...regions.faults]) breach(one);
        expect(await regions.failback.isFinished()).toBe(true);
      }
      expect(at).toBeGreaterThan(20);
      expect(breaches).toEqual([]);
    },
  );

  test('one that is killed twice ends, too', async () => {
    const breaches: string[] = [];
    for (let first = 0; first < 40; first++)
      for (let second = 0; second < 40; second++) {
        const regions = afterFailover(failure);
        for (const count of [first, second]) {
          regions.killAfter(count);
          await regions.failback.failBack(say).catch(() => undefined);
        }
        regions.killAfter(Number.POSITIVE_INFINITY);
        await regions.failback.failBack(say).catch(({ message }) => breaches.push(`${first}, ${second}: ${message}`));
        breaches.push(...[...regions.wrong(), ...regions.faults].map((one) => `${first}, ${second}: ${one}`));
      }
    expect(breaches).toEqual([]);
  });
});
