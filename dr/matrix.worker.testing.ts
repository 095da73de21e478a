/** A part of the matrix on a thread of its own, outside the test runner, in whose sandbox the interpreter is three times as slow. */
import { parentPort, workerData } from 'node:worker_threads';
import { judge } from './invariants.testing.ts';
import { sample, scenarioOf, size } from './matrix.testing.ts';

export type Part = { of: number; part: number; count: number | 'all' };
export type Sum = {
  scenarios: number;
  runs: number;
  ends: Record<string, number>;
  breaches: string[];
  broken: number;
  seconds: number;
};

// jsonpath-plus makes an error for each value that it finds; nobody reads their stacks.
Error.stackTraceLimit = 0;

const { of, part, count } = workerData as Part;
const numbers = count === 'all' ? undefined : sample(count);
const sum: Sum = { scenarios: 0, runs: 0, ends: {}, breaches: [], broken: 0, seconds: 0 };
for (let index = part; index < (numbers?.length ?? size); index += of) {
  const number = numbers?.[index] ?? index;
  sum.scenarios++;
  // Its run is the first one of the scenario `after`, which is judged before the second begins.
  if (!numbers && scenarioOf(number).second === 'none') continue;
  const { breaches, runs } = await judge(number);
  sum.runs += runs.length;
  for (const { terminal } of runs) sum.ends[terminal] = (sum.ends[terminal] ?? 0) + 1;
  sum.broken += breaches.length;
  if (sum.breaches.length < 20) sum.breaches.push(...breaches);
}
const { user, system } = process.threadCpuUsage();
sum.seconds = (user + system) / 1e6;
parentPort?.postMessage(sum);
