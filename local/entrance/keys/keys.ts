import { createHash, createPublicKey } from 'node:crypto';
import { lifetimes, type Pool, signature } from '../../../entrance/tokens.ts';
import type { Key } from '../gateway.ts';

/** A public key as a pool publishes it (RFC 7517); nothing of it is sure. */
export type Jwk = { [field: string]: unknown };
/** What a pool published, and when it was last asked. Milliseconds since 1970. */
export type Published = { at: number; keys: readonly Jwk[] };
export type Known = Partial<Record<Pool, Published>>;

const leastBits = 2048;
const kidPattern = /^[\w.~+/=-]{1,128}$/;

const pemOf = (jwk: Jwk): string =>
  createPublicKey({ key: jwk as never, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();

/** Why a key is not taken, or nothing: what a pool says gets into settings of the gateway. */
export function whyNot(jwk: Jwk): string | undefined {
  const { kty, alg, use, kid, n } = jwk;
  if (kty !== 'RSA' || (alg !== undefined && alg !== signature) || (use !== undefined && use !== 'sig'))
    return `given ${kty} ${alg} ${use}, allowed an RSA key that signs ${signature}`;
  if (typeof kid !== 'string' || !kidPattern.test(kid)) return 'kid: allowed are 1 to 128 letters, digits and ._~+/=-';
  const bits = Buffer.from(String(n), 'base64url').length * 8;
  if (bits < leastBits) return `${kid}: given ${bits} bits, allowed ${leastBits} or more`;
  try {
    pemOf(jwk);
    return undefined;
  } catch (error) {
    return `${kid}: ${(error as Error).message}`;
  }
}

/**
 * The keys that tokens are judged by now, and the text of each one's file. What a pool published is kept for an hour while it cannot be asked, as
 * API Gateway keeps it; after that its tokens are refused.
 */
export function trusted(
  known: Known,
  issuers: Record<Pool, string>,
  folder: string,
  now: number,
): { key: Key; pem: string }[] {
  return (Object.keys(issuers) as Pool[]).flatMap((pool) => {
    const published = known[pool];
    if (!published || now - published.at > lifetimes.keysKept * 60_000) return [];
    return published.keys
      .filter((jwk) => whyNot(jwk) === undefined)
      .map((jwk) => {
        const pem = pemOf(jwk);
        // HAProxy knows a key by the name of its file, so another key has another one.
        const file = `${folder}/${createHash('sha256').update(pem).digest('hex').slice(0, 16)}.pem`;
        return { key: { pool, issuer: issuers[pool], kid: jwk.kid as string, file }, pem };
      });
  });
}
