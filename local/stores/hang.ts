/** A PostgreSQL that hangs: a drill has it stand still, and whoever starts the stores of its region has it go on. */
import { readFileSync } from 'node:fs';
import { run } from '../machine/process.ts';
import { firstInside, signalOf } from './make.ts';

const programOf = (data: string) => `postgres-${data}`;
/** Whether a text of /proc/PID/status is of a process that SIGSTOP has stopped. */
export const isStopped = (status: string): boolean => /^State:\s+T /m.test(status);

/** Of the sandbox with this outermost process; none: it does not run. */
export const hangOf = (outer: () => number | undefined, data: string) => {
  const signal = signalOf(outer);
  /** Whether it stands still; one that does not run does not. */
  async function hangs(): Promise<boolean> {
    try {
      const root = `/proc/${await firstInside(outer())}/root`;
      const server = readFileSync(`${root}/run/${programOf(data)}.pid`, 'utf8').trim();
      return isStopped(readFileSync(`${root}/proc/${server}/status`, 'utf8'));
    } catch {
      return false; // It has not started yet, or ended meanwhile.
    }
  }
  return {
    hangs,
    /** It stands still, and each of its sessions has ended: it takes connections and answers none, as a server that hangs. */
    async hang(): Promise<void> {
      await signal(programOf(data), 'STOP');
      const inside = ['--mount', '--pid', '-t', await firstInside(outer())];
      const server = (await run('nsenter', [...inside, 'cat', `/run/${programOf(data)}.pid`])).trim();
      await run('nsenter', [...inside, 'pkill', '-KILL', '-P', server]);
    },
    /** Has it go on, if it stands still: it finds its sessions gone, and recovers as after a crash. */
    async wake(): Promise<void> {
      if (await hangs()) await signal(programOf(data), 'CONT');
    },
  };
};
