import { createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Pool } from '../../../entrance/tokens.ts';

/** Who somebody is in tokens: a UUID of the pool's making, the same at every sign-in. */
export function subjectOf(key: string, pool: Pool, name: string): string {
  const hex = createHmac('sha256', key).update(`${pool}\0${name}`).digest('hex');
  // Version 8 of RFC 9562: the rest is of its maker's choice.
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

const leastPassword = 8;
const hashOf = (password: string, salt: string) => scryptSync(password, salt, 32, { N: 4096 });

/** A file with the people of a pool and hashes of their passwords. */
export function accounts(file: string, signUp: boolean) {
  const known: Record<string, { salt: string; hash: string }> = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : {};
  const add = (name: string, password: string) => {
    const salt = randomBytes(16).toString('hex');
    known[name] = { salt, hash: hashOf(password, salt).toString('hex') };
    writeFileSync(`${file}.part`, JSON.stringify(known), { mode: 0o600 });
    renameSync(`${file}.part`, file);
  };
  return {
    add,
    /** Why not, or nothing. Who is new signs up by it, where people do that themselves. */
    signIn(name: string, password: string): string | undefined {
      if (!/^[\w.+-]{1,64}(@[\w.-]{1,100})?$/.test(name)) return 'name: allowed is an e-mail address';
      const one = Object.hasOwn(known, name) ? known[name] : undefined;
      if (one) {
        const same = timingSafeEqual(hashOf(password, one.salt), Buffer.from(one.hash, 'hex'));
        return same ? undefined : 'name or password: not known';
      }
      if (!signUp) return 'name or password: not known';
      if (password.length < leastPassword) return `password: allowed are ${leastPassword} characters or more`;
      add(name, password);
      return undefined;
    },
  };
}
