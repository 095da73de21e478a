import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { logs } from './paths.ts';

/** A step of `up`: starts as soon as what it needs is done. Each must find out by itself what is already there. */
export interface Phase {
  name: string;
  needs?: string[];
  run: () => Promise<unknown>;
}

const started = Date.now();
const elapsed = () => {
  const seconds = (Date.now() - started) / 1000;
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;
};

/** One line on the terminal and in up.log, with the time since the start. */
export function say(line: string): void {
  console.log(`${elapsed()}  ${line}`);
  mkdirSync(logs, { recursive: true });
  appendFileSync(join(logs, 'up.log'), `${new Date().toISOString()} ${line}\n`);
}

/**
 * Runs all phases, each as early as its needs allow. A failed phase stops what needs it and nothing else, so that a second
 * `up` has less to do; the first failure is thrown at the end.
 */
export async function runPhases(phases: Phase[]): Promise<void> {
  const done = new Map<string, Promise<void>>();
  const running = new Set<string>();
  let failure: Error | undefined;
  const heart = setInterval(() => running.size > 0 && say(`… ${[...running].join(', ')}`), 30_000);
  for (const { name, needs = [], run } of phases) {
    const unknown = needs.find((need) => !done.has(need));
    if (unknown) throw new Error(`phase ${name} needs ${unknown}, which does not stand before it`);
    done.set(
      name,
      (async () => {
        await Promise.all(needs.map((need) => done.get(need)));
        const begin = Date.now();
        running.add(name);
        try {
          await run();
          say(`${name}: ${((Date.now() - begin) / 1000).toFixed(1)} s`);
        } catch (error) {
          say(`${name}: failed: ${(error as Error).message}`);
          failure ??= new Error(`${name} failed`, { cause: error });
          throw error;
        } finally {
          running.delete(name);
        }
      })(),
    );
  }
  await Promise.allSettled(done.values());
  clearInterval(heart);
  if (failure) throw failure;
}
