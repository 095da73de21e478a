import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backoff, parseRetryAfter, RetriesExhausted, retry, Transient, unansweredBecause } from '../retry.ts';
import { oneLine } from '../text.ts';

/** An image registry as far as releases need it: whether it has what a digest names, what is signed about that, and its tags (OCI distribution API 1.1). */
export type RegistryAccess = {
  /** Base URLs of registries that are not at `https://<host>`, by host. */
  urls?: Record<string, string>;
  /** `user:password`; for ECR `AWS:` and what `aws ecr get-login-password` prints. */
  login?: string;
  /** Folder of a Docker configuration (`config.json`) with a login for each host, for those without `login`. */
  dockerConfig?: string;
  signal?: AbortSignal;
  /** Bound of one request, reply included, in milliseconds. */
  requestMs?: number;
  backoff?: Backoff;
};

const defaultBackoff: Backoff = { tries: 3, totalMs: 60_000, pauseMs: 500 };

/** How a step of a Task reaches the registry of an image: by what its Task puts into its environment. */
export function stepAccess(image: string, env: NodeJS.ProcessEnv): RegistryAccess {
  const host = image.slice(0, image.indexOf('/'));
  return {
    urls: env.INSECURE === 'true' ? { [host]: `http://${host}` } : {},
    dockerConfig: env.DOCKER_CONFIG ?? '',
  };
}

/** The registry did not say whether it has the image; it may be asked again later. */
export class RegistryFault extends Error {
  override name = 'RegistryFault';
}

const types = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Registries take no larger manifest than 4 MiB (OCI distribution specification). Of blobs, only statements are read: a bill of materials is the largest. */
const sizeLimit = { manifests: 4 * 2 ** 20, referrers: 4 * 2 ** 20, tags: 4 * 2 ** 20, blobs: 16 * 2 ** 20 };
/** Pages of tags, of at most 1000 each. */
const pageLimit = 100;

/**
 * Whether the registry has the image `<registry>/<repository>` under exactly this digest, with every platform of it. What it sends is
 * hashed here: a registry that answers with something else does not have it. Throws a RegistryFault where it does not answer.
 */
export async function hasImage(image: string, digest: string, access: RegistryAccess = {}): Promise<boolean> {
  const text = await get(image, 'manifests', digest, access);
  if (text === undefined) return false;
  const { manifests = [] } = JSON.parse(text) as { manifests?: { digest?: unknown }[] };
  for (const child of manifests)
    if ((await get(image, 'manifests', String(child.digest), access)) === undefined) return false;
  return true;
}

/** The tags of a repository, none where there is no such repository yet. Throws a RegistryFault where it does not say, or without end. */
export async function tags(image: string, access: RegistryAccess = {}): Promise<string[]> {
  const found: string[] = [];
  let query: string | undefined = '?n=1000';
  for (let page = 0; page < pageLimit; page++) {
    const answer: Answer | undefined = await ask(image, 'tags', `list${query}`, access);
    // A registry of Go says null for none.
    found.push(...((JSON.parse(answer?.text ?? '{}') as { tags?: string[] | null }).tags ?? []));
    query = answer?.next;
    if (query === undefined) return found;
  }
  throw new RegistryFault(`${image}: more than ${pageLimit} pages of tags; delete those of old commits`);
}

/** The digest of what a tag leads to, undefined where there is no such tag. It is made here, of what the registry sends. */
export async function taggedDigest(
  image: string,
  tag: string,
  access: RegistryAccess = {},
): Promise<string | undefined> {
  const text = await get(image, 'manifests', tag, access);
  return text === undefined ? undefined : sha256(text);
}

/** What a manifest says of itself. */
export async function annotationsOf(
  image: string,
  digest: string,
  access: RegistryAccess = {},
): Promise<Record<string, string>> {
  const text = await get(image, 'manifests', digest, access);
  return (JSON.parse(text ?? '{}') as { annotations?: Record<string, string> }).annotations ?? {};
}

/** A manifest that names the image as its subject: a signature, say. */
export type Referrer = { digest: string; artifactType?: string; annotations?: Record<string, string> };

/** What refers to an image, by the registry's own list, or by the tag that clients keep where a registry has no such list. */
export async function referrers(image: string, digest: string, access: RegistryAccess = {}): Promise<Referrer[]> {
  return (await listOfReferrers(image, digest, access)).manifests;
}

/** The same, with the tag where it is by the tag. */
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

/** The first blob of a manifest, or undefined where the registry has not both. */
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
/** `next`: the query of the next page, where there is one. */
type Answer = { text: string; next: string | undefined };

const get = async (image: string, kind: Kind, reference: string, access: RegistryAccess): Promise<string | undefined> =>
  (await ask(image, kind, reference, access))?.text;

async function ask(image: string, kind: Kind, reference: string, access: RegistryAccess): Promise<Answer | undefined> {
  const { signal, backoff = defaultBackoff } = access;
  try {
    return await retry(() => askOnce(image, kind, reference, access), { backoff, signal });
  } catch (error) {
    if (!(error instanceof RetriesExhausted) && !signal?.aborted) throw error;
    const said = oneLine((error as Error).message, 200);
    throw new RegistryFault(`${image}: ${said}; run again when the registry answers`);
  }
}

/** Throws Transient where another try may help, and RegistryFault where a person has to. */
async function askOnce(
  image: string,
  kind: Kind,
  reference: string,
  { urls = {}, signal, requestMs = 10_000, dockerConfig, ...access }: RegistryAccess,
): Promise<Answer | undefined> {
  const host = image.slice(0, image.indexOf('/'));
  const url = `${urls[host] ?? `https://${host}`}/v2/${image.slice(host.length + 1)}/${kind}/${reference}`;
  const login = access.login ?? loginOf(host, dockerConfig);
  const timeout = AbortSignal.timeout(requestMs);
  let answer: Response;
  let body: Buffer | undefined;
  try {
    answer = await fetch(url, {
      headers: {
        accept: kind === 'tags' ? 'application/json' : types.join(', '),
        ...(login ? { authorization: `Basic ${Buffer.from(login).toString('base64')}` } : {}),
      },
      // ECR keeps blobs elsewhere. There the login does not go along: fetch leaves it out on the way to another host.
      redirect: kind === 'blobs' ? 'follow' : 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (answer.ok || answer.status === 404) body = await bounded(answer, sizeLimit[kind]);
    else await answer.body?.cancel();
  } catch (error) {
    throw new Transient(unansweredBecause(error, requestMs));
  }
  // That a repository has no tags has to be a registry's word: whatever stands before one says 404 too.
  if (answer.status === 404 && (kind !== 'tags' || body?.includes('NAME_UNKNOWN'))) return undefined;
  const said = `it answered ${answer.status}`;
  if (answer.status === 401 || answer.status === 403)
    throw new RegistryFault(
      `${image}: ${said} to ${login ? 'this login' : 'nobody'}: ${dockerConfig === undefined ? 'set REGISTRY_LOGIN to user:password' : `give ${dockerConfig}/config.json the login`} of one who may pull`,
    );
  if (!answer.ok || body === undefined) throw new Transient(said, parseRetryAfter(answer.headers.get('retry-after')));
  const found = sha256(body);
  // Lists, and a tag, name no content; what they lead to does.
  if (found !== reference && kind !== 'referrers' && reference.startsWith('sha256:'))
    throw new Transient(`it sent ${found} for ${reference}`);
  return { text: body.toString('utf8'), next: nextPage(answer, url) };
}

const sha256 = (content: string | Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Of the link to the next page only the query counts: the login goes nowhere else. */
function nextPage(answer: Response, url: string): string | undefined {
  const target = /<([^<>]*)>\s*;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
  return target !== undefined && URL.canParse(target, url) ? new URL(target, url).search : undefined;
}

/** `user:password` of a host, as `docker login` and Kubernetes keep it; undefined where nobody made a login. */
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
