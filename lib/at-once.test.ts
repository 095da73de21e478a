import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { atOnce } from './at-once.ts';

test('results are in the order of what was given, and never more are under way than allowed', async () => {
  let [under, most] = [0, 0];
  const many = Array.from({ length: 40 }, (_, at) => at);
  const results = await atOnce(8, many, async (at) => {
    under += 1;
    most = Math.max(most, under);
    await sleep((at * 7) % 5);
    under -= 1;
    return at * 2;
  });
  expect(results).toEqual(many.map((at) => at * 2));
  expect(most).toBe(8);
  expect(await atOnce(8, [], async () => 1)).toEqual([]);
});

test('after an error nothing more is begun', async () => {
  let begun = 0;
  const work = async (at: number) => {
    begun += 1;
    await sleep(1);
    if (at === 2) throw new Error('two');
  };
  await expect(atOnce(2, [1, 2, 3, 4, 5, 6, 7, 8], work)).rejects.toThrow('two');
  await sleep(20);
  expect(begun).toBeLessThan(5);
});
