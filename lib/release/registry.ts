import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { type Backoff, parseRetryAfter, RetriesExhausted, retry, Transient, unansweredBecause } from '../retry.ts';
import { oneLine } from '../text.ts';
import { exitStatus } from './exit-status.ts';

/** The parts of the OCI distribution API 1.1 that releases need: manifests by digest, referrers, tags. */
export type RegistryAccess = {
  /** Base URLs by host, for registries that are not at `https://<host>`. */
  urls?: Record<string, string>;
  /** `user:password`; for ECR `AWS:` and the output of `aws ecr get-login-password`. */
  login?: string;
  /** Folder of a Docker configuration (`config.json`) with a login for each host; used without `login`. */
  dockerConfig?: string;
  signal?: AbortSignal;
  /** Limit of one request, reply included, in milliseconds. */
  requestMs?: number;
  backoff?: Backoff;
};

const defaultBackoff: Backoff = { tries: 3, totalMs: 60_000, pauseMs: 500 };

/** How a step of a Task reaches the registry of an image, from its environment. */
export function stepAccess(image: string, env: NodeJS.ProcessEnv): RegistryAccess {
  const host = image.slice(0, image.indexOf('/'));
  return {
    urls: env.INSECURE === 'true' ? { [host]: `http://${host}` } : {},
    dockerConfig: env.DOCKER_CONFIG ?? '',
  };
}

/** The registry gave no usable answer. */
export class RegistryFault extends UserError {
  override name = 'RegistryFault';
  constructor(message: string) {
    super(message, exitStatus.unavailable);
  }
}

const types = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Registries accept manifests up to 4 MiB (OCI distribution specification). The only blobs read are statements; a bill of materials is the largest. */
const sizeLimit = { manifests: 4 * 2 ** 20, referrers: 4 * 2 ** 20, tags: 4 * 2 ** 20, blobs: 16 * 2 ** 20 };
/** Pages of tags, of at most 1000 each. */
const pageLimit = 100;

/** Blobs that are asked for at the same time. */
const blobsAtOnce = 8;

type Descriptor = { digest?: unknown; size?: unknown };
type Manifest = { manifests?: Descriptor[]; config?: Descriptor; layers?: Descriptor[] };

/**
 * Whether the registry has the image `<registry>/<repository>` under this digest, with every platform and every blob. Manifests are hashed
 * here, so the registry's word does not count; blobs are asked for and not read, because whoever runs the image hashes them. Throws a
 * RegistryFault if it does not answer.
 */
export async function hasImage(image: string, digest: string, access: RegistryAccess = {}): Promise<boolean> {
  const text = await get(image, 'manifests', digest, access);
  if (text === undefined) return false;
  const { manifests = [], config, layers = [] } = JSON.parse(text) as Manifest;
  for (const child of manifests)
    if (!isDigest(child.digest) || !(await hasImage(image, child.digest, access))) return false;
  const blobs = config ? [config, ...layers] : layers;
  for (let at = 0; at < blobs.length; at += blobsAtOnce) {
    const part = blobs.slice(at, at + blobsAtOnce);
    if ((await Promise.all(part.map((blob) => hasBlob(image, blob, access)))).includes(false)) return false;
  }
  return true;
}

async function hasBlob(image: string, { digest, size }: Descriptor, access: RegistryAccess): Promise<boolean> {
  if (!isDigest(digest)) return false;
  const answer = await ask(image, 'blobs', digest, access, 'HEAD');
  return answer !== undefined && (answer.size === undefined || answer.size === size);
}
const isDigest = (digest: unknown): digest is string =>
  typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest);

/** The tags of a repository; none before the repository exists. Throws a RegistryFault without an answer, or for a list without end. */
export async function tags(image: string, access: RegistryAccess = {}): Promise<string[]> {
  const found: string[] = [];
  let query: string | undefined = '?n=1000';
  for (let page = 0; page < pageLimit; page++) {
    const answer: Answer | undefined = await ask(image, 'tags', `list${query}`, access);
    // A registry written in Go answers null for none.
    found.push(...((JSON.parse(answer?.text ?? '{}') as { tags?: string[] | null }).tags ?? []));
    query = answer?.next;
    if (query === undefined) return found;
  }
  throw new RegistryFault(`${image}: more than ${pageLimit} pages of tags; delete those of old commits`);
}

/** The digest of a tag's manifest, computed here; undefined if there is no such tag. */
export async function taggedDigest(
  image: string,
  tag: string,
  access: RegistryAccess = {},
): Promise<string | undefined> {
  const text = await get(image, 'manifests', tag, access);
  return text === undefined ? undefined : sha256(text);
}

/** Milliseconds since a tag was written, by the registry's word; undefined if there is no such tag. */
export async function tagAge(image: string, tag: string, access: RegistryAccess = {}): Promise<number | undefined> {
  const answer = await ask(image, 'manifests', tag, access, 'HEAD');
  if (answer === undefined) return undefined;
  if (answer.modified === undefined || Number.isNaN(answer.modified))
    throw new RegistryFault(`${image}:${tag}: the registry does not say how old it is, allowed is Last-Modified`);
  return Date.now() - answer.modified;
}

/** Deletes a tag, and not the manifest, which others may lead to. False if there is no such tag. */
export const deleteTag = async (image: string, tag: string, access: RegistryAccess = {}): Promise<boolean> =>
  (await ask(image, 'manifests', tag, access, 'DELETE')) !== undefined;

/** Gives a tag to what is there under a digest. False if nothing is. */
export async function putTag(
  image: string,
  tag: string,
  digest: string,
  access: RegistryAccess = {},
): Promise<boolean> {
  const text = await get(image, 'manifests', digest, access);
  if (text === undefined) return false;
  await ask(image, 'manifests', tag, access, 'PUT', text);
  return true;
}

/** A manifest that names the image as its subject, such as a signature. */
export type Referrer = { digest: string; artifactType?: string; annotations?: Record<string, string> };

/** What refers to an image: from the registry's referrers API, or from the tag that clients maintain for registries without it. */
export async function referrers(image: string, digest: string, access: RegistryAccess = {}): Promise<Referrer[]> {
  return (await listOfReferrers(image, digest, access)).manifests;
}

/** The same, with that tag where it was used. */
export async function listOfReferrers(
  image: string,
  digest: string,
  access: RegistryAccess = {},
): Promise<{ manifests: Referrer[]; tag?: string }> {
  const own = await get(image, 'referrers', digest, access);
  const tag = digest.replace(':', '-');
  const text = own ?? (await get(image, 'manifests', tag, access));
  const { manifests = [] } = JSON.parse(text ?? '{}') as { manifests?: Referrer[] };
  return own === undefined ? { manifests, tag } : { manifests };
}

/** The first blob of a manifest; undefined if the registry lacks either. */
export async function firstBlob(
  image: string,
  digest: string,
  access: RegistryAccess = {},
): Promise<string | undefined> {
  const text = await get(image, 'manifests', digest, access);
  const { layers = [] } = JSON.parse(text ?? '{}') as { layers?: { digest?: unknown }[] };
  return layers[0] ? get(image, 'blobs', String(layers[0].digest), access) : undefined;
}

type Kind = keyof typeof sizeLimit;
/** `next`: the query of the next page, if there is one. `size` and `modified`: those of what was not sent, if the registry says them. */
type Answer = { text: string; next: string | undefined; size?: number | undefined; modified?: number | undefined };
type Method = 'GET' | 'HEAD' | 'DELETE' | 'PUT';

const get = async (image: string, kind: Kind, reference: string, access: RegistryAccess): Promise<string | undefined> =>
  (await ask(image, kind, reference, access))?.text;

async function ask(
  image: string,
  kind: Kind,
  reference: string,
  access: RegistryAccess,
  method: Method = 'GET',
  content?: string,
): Promise<Answer | undefined> {
  const { signal, backoff = defaultBackoff } = access;
  try {
    return await retry(() => askOnce(image, kind, reference, access, method, content), { backoff, signal });
  } catch (error) {
    if (!(error instanceof RetriesExhausted) && !signal?.aborted) throw error;
    const reason = oneLine((error as Error).message, 200);
    throw new RegistryFault(`${image}: ${reason}; run again when the registry answers`);
  }
}

/** Throws Transient if a retry may help, and RegistryFault if a person must act. */
async function askOnce(
  image: string,
  kind: Kind,
  reference: string,
  { urls = {}, signal, requestMs = 10_000, dockerConfig, ...access }: RegistryAccess,
  method: Method,
  content: string | undefined,
): Promise<Answer | undefined> {
  const host = image.slice(0, image.indexOf('/'));
  const url = `${urls[host] ?? `https://${host}`}/v2/${image.slice(host.length + 1)}/${kind}/${reference}`;
  const login = access.login ?? loginOf(host, dockerConfig);
  const timeout = AbortSignal.timeout(requestMs);
  let answer: Response;
  let body: Buffer | undefined;
  try {
    answer = await fetch(url, {
      method,
      headers: {
        accept: kind === 'tags' ? 'application/json' : types.join(', '),
        // A manifest of Docker's says its type itself, and one of OCI need not.
        ...(content === undefined ? {} : { 'content-type': JSON.parse(content).mediaType ?? types[1] }),
        ...(login ? { authorization: `Basic ${Buffer.from(login).toString('base64')}` } : {}),
      },
      ...(content === undefined ? {} : { body: content }),
      // ECR redirects blobs to another host. fetch does not send the login there.
      redirect: kind === 'blobs' ? 'follow' : 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (answer.ok || answer.status === 404) body = await bounded(answer, sizeLimit[kind]);
    else await answer.body?.cancel();
  } catch (error) {
    throw new Transient(unansweredBecause(error, requestMs));
  }
  // "No tags" must come from the registry itself: a proxy in front of it answers 404 too.
  if (answer.status === 404 && (kind !== 'tags' || body?.includes('NAME_UNKNOWN'))) return undefined;
  const reason = `it answered ${answer.status}`;
  if (answer.status === 401 || answer.status === 403)
    throw new RegistryFault(
      `${image}: ${reason} to ${login ? 'this login' : 'nobody'}: ${dockerConfig === undefined ? 'set REGISTRY_LOGIN to user:password' : `give ${dockerConfig}/config.json the login`} of one who may pull`,
    );
  if (!answer.ok || body === undefined) throw new Transient(reason, parseRetryAfter(answer.headers.get('retry-after')));
  if (method === 'HEAD') {
    const [length, modified] = ['content-length', 'last-modified'].map((name) => answer.headers.get(name));
    return {
      text: '',
      next: undefined,
      size: length ? Number(length) : undefined,
      modified: modified ? Date.parse(modified) : undefined,
    };
  }
  if (method === 'DELETE' || method === 'PUT') return { text: '', next: undefined };
  const found = sha256(body);
  // Lists and tags are not addressed by digest; what they point to is.
  if (found !== reference && kind !== 'referrers' && reference.startsWith('sha256:'))
    throw new Transient(`it sent ${found} for ${reference}`);
  return { text: body.toString('utf8'), next: nextPage(answer, url) };
}

const sha256 = (content: string | Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Only the query of the link to the next page: the login must go to no other host. */
function nextPage(answer: Response, url: string): string | undefined {
  const target = /<([^<>]*)>\s*;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
  return target !== undefined && URL.canParse(target, url) ? new URL(target, url).search : undefined;
}

/** `user:password` of a host from a Docker configuration; undefined if it has none. */
function loginOf(host: string, folder: string | undefined): string | undefined {
  const file = join(folder ?? '', 'config.json');
  if (folder === undefined || !existsSync(file)) return undefined;
  const { auths = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
    auths?: Record<string, { auth?: string }>;
  };
  const { auth } = auths[host] ?? {};
  return auth === undefined ? undefined : Buffer.from(auth, 'base64').toString('utf8');
}

async function bounded(answer: Response, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > limit) throw new Error(`an answer of more than ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
