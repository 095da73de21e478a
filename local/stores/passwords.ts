import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from '../machine/process.ts';
import { state } from '../topology.ts';

/** Data of the stores, outside of what `up` makes anew. Only root enters it. */
export const storesFolder = join(state, 'stores');

/** The password of an account at an engine, the same in both regions. None can be derived from another. */
export type PasswordOf = (engine: string, account: string) => string;

export const passwordsOf =
  (key: string): PasswordOf =>
  (engine, account) =>
    createHmac('sha256', key).update(`${engine} ${account}`).digest('hex');

/** Of a key that is made once and stays with the data. */
export function passwords(folder = storesFolder): PasswordOf {
  const file = join(folder, 'key');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFile(file, randomBytes(32).toString('hex'), 0o600);
  }
  return passwordsOf(readFileSync(file, 'utf8'));
}
