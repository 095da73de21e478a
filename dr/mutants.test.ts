import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { mutants } from './mutants.testing.ts';

type Found = { number: number; found: string | undefined; seconds: number };

function tried(numbers: number[]): Promise<Found[]> {
  return new Promise((resolve, reject) => {
    const found: Found[] = [];
    const worker = new Worker(new URL('./mutants.worker.testing.ts', import.meta.url), { workerData: numbers });
    worker.on('message', (one: Found) => found.push(one));
    worker.once('error', reject);
    worker.once('exit', () => resolve(found));
  });
}

test('each fault still has its place in the source, once', () => {
  for (const { name, file, from } of mutants)
    expect([name, readFileSync(file, 'utf8').split(from).length - 1]).toEqual([name, 1]);
  expect(mutants.length).toBeGreaterThanOrEqual(30);
});

/** All of them take half a minute; `npm run check` tries every eighth. */
const all = process.env.DR_SCENARIOS === 'all';

test('each of the faults breaks a proof, and the code without one breaks none', async () => {
  const numbers = [...mutants.keys()].filter((number) => all || number % 8 === 0);
  const found = await tried(all ? [mutants.length, ...numbers] : numbers);
  const foundOf = (number: number) => found.find((each) => each.number === number)?.found;
  if (all) expect(found[0]).toMatchObject({ number: mutants.length, found: undefined });
  const line = (number: number) =>
    `${mutants[number]?.name} (${mutants[number]?.file}) → ${foundOf(number)
      ?.split(/: scenario|\n/)[0]
      ?.slice(0, 150)}`;
  console.log(`${numbers.length} seeded faults:\n${numbers.map(line).join('\n')}`);
  expect(numbers.filter((number) => foundOf(number) === undefined).map(line)).toEqual([]);
}, 600_000);
