import { createHash, createHmac } from 'node:crypto';

export type Credentials = { user: string; password: string; awsRegion: string };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
/** As AWS encodes: all but letters, digits and `-._~`. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
/** The path of an object, to be put behind the endpoint. */
export const pathOf = (...parts: string[]): string => `/${parts.join('/').split('/').map(encoded).join('/')}`;
export const queryOf = (query: Record<string, string>): string =>
  Object.keys(query)
    .sort()
    .map((name) => `${encoded(name)}=${encoded(query[name] as string)}`)
    .join('&');

/** What stands for the hash of a body that is not read before it is sent. */
export const unsigned = 'UNSIGNED-PAYLOAD';

/**
 * The headers of a signed request to S3, by Signature Version 4
 * (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). All given headers are signed.
 */
export function signed(
  method: string,
  url: URL,
  { user, password, awsRegion }: Credentials,
  {
    headers = {},
    bodyHash = sha256(''),
    now = new Date(),
  }: { headers?: Record<string, string>; bodyHash?: string; now?: Date },
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${awsRegion}/s3/aws4_request`;
  const all: Record<string, string> = {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()])),
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': time,
  };
  const signing = { ...all, host: url.host };
  const names = Object.keys(signing).sort() as (keyof typeof signing)[];
  const request = [
    method,
    url.pathname,
    url.search.slice(1),
    ...names.map((name) => `${name}:${signing[name]}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${password}`);
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return {
    ...all,
    authorization: `AWS4-HMAC-SHA256 Credential=${user}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`,
  };
}

/** Sends a signed request with a small body to S3. */
export async function s3(
  endpoint: string,
  credentials: Credentials,
  method: string,
  path: string,
  {
    query = {},
    headers = {},
    body,
  }: { query?: Record<string, string>; headers?: Record<string, string>; body?: string } = {},
): Promise<Response> {
  const url = new URL(`${endpoint}${path}${Object.keys(query).length > 0 ? `?${queryOf(query)}` : ''}`);
  return fetch(url, {
    method,
    headers: signed(method, url, credentials, { headers, bodyHash: sha256(body ?? '') }),
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(10_000),
  });
}
