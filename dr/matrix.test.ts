import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { allPairs, pairs, sample, scenarioOf, size } from './matrix.testing.ts';
import type { Part, Sum } from './matrix.worker.testing.ts';

/** `npm run check` tries some thousands of the scenarios, and all of them if this is set to `all`. */
const all = process.env.DR_SCENARIOS === 'all';
const sampled = 2500;

function judged(workerData: Part): Promise<Sum> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./matrix.worker.testing.ts', import.meta.url), {
      workerData,
      // Much is made and nothing kept: a larger nursery is collected less often.
      resourceLimits: { maxYoungGenerationSizeMb: 192 },
    });
    let sum: Sum | undefined;
    worker.once('message', (answer: Sum) => {
      sum = answer;
    });
    worker.once('error', reject);
    worker.once('exit', () => (sum ? resolve(sum) : reject(new Error('a thread ended without a word'))));
  });
}

test('the matrix has every combination, and the sample every pair of values', () => {
  expect(size).toBeGreaterThanOrEqual(170_000);
  expect(new Set(sample(sampled).flatMap((number) => pairs(scenarioOf(number)))).size).toBe(allPairs);
});

test('no scenario breaks an invariant, and each ends as the order of the failover has it', async () => {
  const of = all ? 2 : 1;
  const before = performance.now();
  const sums = await Promise.all(
    Array.from({ length: of }, (_, part) => judged({ of, part, count: all ? 'all' : sampled })),
  );
  const total = (field: 'scenarios' | 'runs' | 'broken') => sums.reduce((sum, each) => sum + each[field], 0);
  const ends: Record<string, number> = {};
  for (const sum of sums) for (const [end, count] of Object.entries(sum.ends)) ends[end] = (ends[end] ?? 0) + count;
  if (all)
    console.log(
      `${total('scenarios')} scenarios, ${total('runs')} executions, ${Math.round((performance.now() - before) / 1000)} s on ${of} threads, ${Math.round(sums.reduce((sum, { seconds }) => sum + seconds, 0))} s of the processor, ends: ${JSON.stringify(ends)}`,
    );
  expect(sums.flatMap(({ breaches }) => breaches)).toEqual([]);
  expect(total('broken')).toBe(0);
  expect(total('scenarios')).toBeGreaterThanOrEqual(all ? size : sampled);
  // A machine that always refused would break few invariants.
  expect(Object.keys(ends).sort()).toEqual(
    ['Failed', 'NoAction', 'Refused', 'already-failed-over', 'already-running', 'dry-run-done', 'failed-over'].sort(),
  );
}, 1_800_000);
