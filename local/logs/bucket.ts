import { createHash } from 'node:crypto';
import { listed, type S3Side, type Stored } from '../stores/replicate/s3.ts';
import { pathOf, queryOf, signed } from '../stores/replicate/sigv4.ts';

/** A bucket of the stores, as whoever may write or read it. */
export type Bucket = S3Side & { name: string };

async function ask(
  { url, credentials }: Bucket,
  method: string,
  path: string,
  query = {},
  body?: Buffer,
): Promise<Response> {
  const search = queryOf(query);
  const at = new URL(`${url}${path}${search ? `?${search}` : ''}`);
  const bodyHash = createHash('sha256')
    .update(body ?? '')
    .digest('hex');
  const answer = await fetch(at, {
    method,
    headers: signed(method, at, credentials, { bodyHash }),
    ...(body ? { body: new Uint8Array(body) } : {}),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`s3: ${method} ${path}: ${answer.status} ${(await answer.text()).slice(0, 200)}`);
  return answer;
}

export async function put(bucket: Bucket, key: string, body: Buffer): Promise<void> {
  await (await ask(bucket, 'PUT', pathOf(bucket.name, key), {}, body)).arrayBuffer();
}
export const get = async (bucket: Bucket, key: string): Promise<Buffer> =>
  Buffer.from(await (await ask(bucket, 'GET', pathOf(bucket.name, key))).arrayBuffer());
export async function remove(bucket: Bucket, key: string): Promise<void> {
  await (await ask(bucket, 'DELETE', pathOf(bucket.name, key))).arrayBuffer();
}

/** Keys below a prefix, and when each was written. */
export async function under(bucket: Bucket, prefix: string): Promise<Stored[]> {
  const all: Stored[] = [];
  for (let from: string | undefined; ; ) {
    const query = { 'list-type': '2', 'encoding-type': 'url', prefix, ...(from ? { 'continuation-token': from } : {}) };
    const { objects, next } = listed(await (await ask(bucket, 'GET', pathOf(bucket.name), query)).text());
    all.push(...objects);
    from = next;
    if (!from) return all;
  }
}

/** Removes what is older: the embedded S3 has no lifecycle rules. */
export async function expire(bucket: Bucket, days: number, now = Date.now()): Promise<number> {
  const old = (await under(bucket, '')).filter(({ modified }) => now - modified > days * 86_400_000);
  for (const { key } of old) await remove(bucket, key);
  return old.length;
}
