import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { UserError } from '../../lib/errors.ts';

/** An abstract socket: only one process can bind it, and the kernel releases it with the process, however that ends. */
const lock = '\0gitops-platform';

/** Which command holds the lock, in words, or '' if none does. */
export const holder = (name = lock): Promise<string> => text(connect(name)).catch(() => '');
/** Whether the platform stays up while this command runs: others start or end it. */
export const staysUp = (who: string): boolean => /^scripts\/(drill|failback|region) /.test(who);
/** What a person does about a holder. */
export const waitFor = (who: string): string => `${who}: wait until it has ended, or end it`;

/** Binds the lock; in words who holds it, if somebody does. */
async function take(name: string): Promise<Server | string> {
  const me = `scripts/${basename(process.argv[1] ?? '', '.ts')} is running (process ${process.pid})`;
  const server = createServer((socket) => socket.on('error', () => undefined).end(me)).unref();
  for (;;) {
    try {
      await once(server.listen(name), 'listening');
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      // A holder that ended meanwhile says nothing.
      const who = await holder(name);
      if (who) return who;
    }
  }
}

async function during<T>(server: Server, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/**
 * Runs work that excludes all other such work: two ups would start one region twice. Throws a UserError that names the holder.
 */
export async function alone<T>(work: () => Promise<T>, name = lock): Promise<T> {
  const taken = await take(name);
  if (typeof taken === 'string') throw new UserError(waitFor(taken));
  return during(taken, work);
}

/** Runs work after all other work of this name, in this process and in others. */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const taken = await take(`${lock}-${name}`);
    if (typeof taken !== 'string') return during(taken, work);
    await setTimeout(200);
  }
}
