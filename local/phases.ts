import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { logs } from './topology.ts';

/** A step of `up`: starts as soon as what it needs is done. Each must find out by itself what is already there. */
export interface Phase {
  name: string;
  needs?: string[];
  /** Phases of one lane run one at a time, in the order in which they became ready. */
  lane?: string;
  run: () => Promise<unknown>;
}

const started = Date.now();
const clock = (ms: number) =>
  `${String(Math.floor(ms / 60_000)).padStart(2)}:${((ms % 60_000) / 1000).toFixed(1).padStart(4, '0')}`;

/** One line on the terminal and in up.log, with the time since the start. */
export function say(line: string): void {
  console.log(`${clock(Date.now() - started)}  ${line}`);
  mkdirSync(logs, { recursive: true });
  appendFileSync(join(logs, 'up.log'), `${new Date().toISOString()} ${line}\n`);
}

/**
 * Runs all phases, each as early as its needs allow. A failed phase stops what needs it and nothing else, so that a second
 * `up` has less to do; the first failure is thrown at the end.
 */
export async function runPhases(phases: Phase[], tell = say): Promise<void> {
  phases.forEach(({ name, needs = [] }, index) => {
    const before = new Set(phases.slice(0, index).map((phase) => phase.name));
    const unknown = needs.find((need) => !before.has(need));
    if (unknown) throw new Error(`phase ${name} needs ${unknown}, which does not stand before it`);
  });
  const done = new Map<string, Promise<void>>();
  const running = new Map<string, number>();
  const queued = new Set<string>();
  const lanes = new Map<string, Promise<unknown>>();
  let failure: Error | undefined;
  const heart = setInterval(() => {
    if (running.size === 0) return;
    const now = [...running].map(([name, begin]) => `${name} ${clock(Date.now() - begin).trim()}`);
    tell(`… ${now.join(', ')}${queued.size > 0 ? `; then ${[...queued].join(', ')}` : ''}`);
  }, 30_000);
  const timed = async ({ name, run }: Phase) => {
    const begin = Date.now();
    running.set(name, begin);
    try {
      await run();
      tell(`${name}: ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    } catch (error) {
      tell(`${name}: failed: ${(error as Error).message}`);
      failure ??= new Error(`${name} failed`, { cause: error });
      throw error;
    } finally {
      running.delete(name);
    }
  };
  const inLane = (phase: Phase, lane: string) => {
    queued.add(phase.name);
    const mine = (lanes.get(lane) ?? Promise.resolve()).then(() => {
      queued.delete(phase.name);
      return timed(phase);
    });
    lanes.set(
      lane,
      mine.catch(() => undefined),
    );
    return mine;
  };
  for (const phase of phases) {
    const { name, needs = [], lane } = phase;
    done.set(
      name,
      (async () => {
        await Promise.all(needs.map((need) => done.get(need)));
        await (lane ? inLane(phase, lane) : timed(phase));
      })(),
    );
  }
  await Promise.allSettled(done.values());
  clearInterval(heart);
  if (failure) throw failure;
}
