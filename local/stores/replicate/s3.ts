import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Credentials, pathOf, s3, signed, unsigned } from './sigv4.ts';

export type Stored = { key: string; etag: string; size: number; modified: number };

const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#34;': '"',
  '&#39;': "'",
};
const plain = (text: string) =>
  text.replace(/&(?:amp|lt|gt|quot|apos|#34|#39);/g, (entity) => entities[entity] as string);
const field = (xml: string, name: string) => plain(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '');

/** The objects of an answer to ListObjectsV2, and where the next one begins. Keys come as URLs have them, if the answer says so. */
export const listed = (xml: string): { objects: Stored[]; next?: string } => {
  const next = field(xml, 'NextContinuationToken');
  const keyOf = (key: string) =>
    field(xml, 'EncodingType') === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
  return {
    objects: [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, one = '']) => ({
      key: keyOf(field(one, 'Key')),
      etag: field(one, 'ETag').replaceAll('"', ''),
      size: Number(field(one, 'Size')),
      modified: Date.parse(field(one, 'LastModified')),
    })),
    ...(field(xml, 'IsTruncated') === 'true' && next ? { next } : {}),
  };
};

/** The ETag of an object that was uploaded in parts is none of its bytes; its copy has another one. */
const isOfParts = (etag: string) => etag.includes('-');

/** What is missing in the copy or another object there. */
export function missing(source: readonly Stored[], copy: readonly Stored[]): Stored[] {
  const there = new Map(copy.map((object) => [object.key, object]));
  return source.filter((object) => {
    const found = there.get(object.key);
    if (!found) return true;
    if (isOfParts(object.etag)) return found.size !== object.size || found.modified < object.modified;
    return found.etag !== object.etag;
  });
}

async function checked(answer: Promise<Response>, what: string): Promise<Response> {
  const found = await answer;
  if (!found.ok) throw new Error(`${what}: ${found.status} ${(await found.text()).slice(0, 200)}`);
  return found;
}

export type S3Side = { url: string; credentials: Credentials };

export async function list({ url, credentials }: S3Side, bucket: string): Promise<Stored[]> {
  const all: Stored[] = [];
  for (let from: string | undefined; ; ) {
    const query = { 'list-type': '2', 'encoding-type': 'url', ...(from ? { 'continuation-token': from } : {}) };
    const answer = await checked(s3(url, credentials, 'GET', pathOf(bucket), { query }), `list ${bucket}`);
    const { objects, next } = listed(await answer.text());
    all.push(...objects);
    from = next;
    if (!from) return all;
  }
}

/** Headers of an object that its copy has too. */
const copied = /^(?:content-(?:type|encoding|disposition|language)|cache-control|expires|x-amz-meta-.*)$/;

/** Not by fetch, which would unpack what is stored packed. */
function ask(
  { url, credentials }: S3Side,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Readable,
): Promise<IncomingMessage> {
  const at = new URL(`${url}${path}`);
  const all = signed(method, at, credentials, { headers, ...(body ? { bodyHash: unsigned } : {}) });
  return new Promise((resolve, reject) => {
    const asked = request(at, { method, headers: all, timeout: 30_000 }, resolve);
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: nothing came for 30 s`)));
    asked.on('error', reject);
    if (!body) return asked.end();
    body.on('error', (error) => asked.destroy(error));
    body.pipe(asked);
  });
}

async function copy(from: S3Side, to: S3Side, bucket: string, key: string): Promise<void> {
  const path = pathOf(bucket, key);
  const source = await ask(from, 'GET', path);
  // It was deleted meanwhile.
  if (source.statusCode === 404) return void source.resume();
  if (source.statusCode !== 200) throw new Error(`get ${bucket}/${key}: ${source.statusCode} ${await text(source)}`);
  const names = Object.keys(source.headers).filter((name) => copied.test(name));
  const headers = Object.fromEntries(names.map((name) => [name, String(source.headers[name])]));
  const size = source.headers['content-length'] ?? '0';
  const put = await ask(to, 'PUT', path, { ...headers, 'content-length': size }, source);
  const refusal = await text(put);
  if (put.statusCode !== 200) throw new Error(`put ${bucket}/${key}: ${put.statusCode} ${refusal}`);
}

/** Copies what a bucket has and its copy has not; deletes nothing. Gives how many objects it copied. */
export async function copyBucket(from: S3Side, to: S3Side, bucket: string): Promise<number> {
  const objects = missing(await list(from, bucket), await list(to, bucket));
  for (const { key } of objects) await copy(from, to, bucket, key);
  return objects.length;
}
