import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { startTime } from './box.ts';
import { UserError } from './host.ts';
import { state } from './paths.ts';

/** Beside the state, which `down --purge` deletes. */
const lock = join(dirname(state), 'gitops-platform.lock');

/**
 * Does work that nothing else may do at the same time: two ups would start one region twice. A lock whose process has ended is nobody's.
 * Throws a UserError that names who has it.
 */
export async function alone<T>(work: () => Promise<T>, file = lock): Promise<T> {
  const me = `${process.pid} ${startTime(process.pid)} ${basename(process.argv[1] ?? '', '.ts')}`;
  mkdirSync(dirname(file), { recursive: true });
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(file, me, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const [pid, started, name] = (existsSync(file) ? readFileSync(file, 'utf8') : '').split(' ');
      if (pid && startTime(Number(pid)) === started)
        throw new UserError(`scripts/${name} is at it (process ${pid}): wait until it has ended, or end it`);
      if (tries > 5) throw error;
      rmSync(file, { force: true });
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
