import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { UserError } from '../../lib/errors.ts';

/** An abstract socket: only one process can bind it, and the kernel releases it with the process, however that ends. */
const lock = '\0gitops-platform';

/** Which command holds the lock, in words, or '' if none does. */
export const holder = (name = lock): Promise<string> => text(connect(name)).catch(() => '');
/** Whether the platform stays up while this command runs: others start or end it. */
export const staysUp = (who: string): boolean => /^scripts\/(drill|failback|region) /.test(who);
/** What a person does about a holder. */
export const waitFor = (who: string): string => `${who}: wait until it has ended, or end it`;

/**
 * Runs work that excludes all other such work: two ups would start one region twice. Throws a UserError that names the holder.
 */
export async function alone<T>(work: () => Promise<T>, name = lock): Promise<T> {
  const me = `scripts/${basename(process.argv[1] ?? '', '.ts')} is running (process ${process.pid})`;
  const server = createServer((socket) => socket.on('error', () => undefined).end(me)).unref();
  for (;;) {
    try {
      await once(server.listen(name), 'listening');
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      // A holder that ended meanwhile says nothing.
      const who = await holder(name);
      if (who) throw new UserError(waitFor(who));
    }
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
