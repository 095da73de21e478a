/** Executions of the state machine on this machine: whether one runs, and the file that stands in for the table of their lock. */
import { existsSync, readFileSync } from 'node:fs';
import type { LockItem, Ports } from '../../dr/ports.ts';
import { writeFile } from '../machine/process.ts';
import { startTime } from '../sandbox/sandbox.ts';

/** An execution is this process: if another one has its number, or none, it runs no more. */
export const executionOf = (pid: number): string => `drill-${pid}-${startTime(pid)}`;
export const isRunning = async (execution: string): Promise<boolean> => {
  const [, pid, started] = execution.split('-');
  return started !== undefined && startTime(Number(pid)) === started;
};

export function lockIn(file: string): Ports['lock'] {
  const kept = (): LockItem | undefined => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);
  return {
    read: async () => kept(),
    async write(item, expected) {
      if (kept()?.version !== expected) return false;
      writeFile(file, JSON.stringify(item));
      return true;
    },
  };
}
