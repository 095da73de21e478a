import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from './releases.ts';

/** An image registry as far as releases need it: whether it has what a digest names, by the OCI distribution API. */
export type RegistryAccess = {
  /** Base URLs of registries that are not at `https://<host>`, by host. */
  urls?: Record<string, string>;
  /** `user:password`; for ECR `AWS:` and what `aws ecr get-login-password` prints. */
  login?: string;
  signal?: AbortSignal;
  /** Bound of one request, reply included, in milliseconds. */
  requestMs?: number;
  /** Pauses before the second and later tries, in milliseconds. */
  pausesMs?: number[];
};

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
/** Registries themselves take no larger manifest (4 MiB, OCI distribution specification). */
const manifestLimit = 4 * 2 ** 20;

/**
 * Whether the registry has the image `<registry>/<repository>` under exactly this digest, with every platform of it. What it sends is
 * hashed here: a registry that answers with something else does not have it. Throws a RegistryFault where it does not answer.
 */
export async function hasImage(image: string, digest: string, access: RegistryAccess = {}): Promise<boolean> {
  const text = await manifest(image, digest, access);
  if (text === undefined) return false;
  const { manifests = [] } = JSON.parse(text) as { manifests?: { digest?: unknown }[] };
  for (const child of manifests) if ((await manifest(image, String(child.digest), access)) === undefined) return false;
  return true;
}

async function manifest(image: string, digest: string, access: RegistryAccess): Promise<string | undefined> {
  const { urls = {}, login, signal, requestMs = 10_000, pausesMs = [500, 2_000] } = access;
  const host = image.slice(0, image.indexOf('/'));
  const url = `${urls[host] ?? `https://${host}`}/v2/${image.slice(host.length + 1)}/manifests/${digest}`;
  for (let attempt = 0; ; attempt++) {
    let said: string;
    try {
      const timeout = AbortSignal.timeout(requestMs);
      const answer = await fetch(url, {
        headers: {
          accept: types.join(', '),
          ...(login ? { authorization: `Basic ${Buffer.from(login).toString('base64')}` } : {}),
        },
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      if (answer.status === 404) return undefined;
      if (answer.ok) {
        const body = await bounded(answer);
        const found = `sha256:${createHash('sha256').update(body).digest('hex')}`;
        if (found === digest) return body.toString('utf8');
        said = `it sent ${found} for ${digest}`;
      } else {
        said = `it answered ${answer.status}`;
        if (answer.status === 401 || answer.status === 403)
          throw new RegistryFault(`${image}: ${said}: set REGISTRY_LOGIN to user:password of one who may pull`);
        await answer.body?.cancel();
      }
    } catch (error) {
      if (error instanceof RegistryFault) throw error;
      const { name, message, cause } = error as Error & { cause?: Error };
      said = name === 'TimeoutError' ? `no answer within ${requestMs} ms` : (cause?.message ?? message);
    }
    const pause = pausesMs[attempt];
    if (pause === undefined || signal?.aborted)
      throw new RegistryFault(
        `${image}: ${oneLine(said, 200)} (try ${attempt + 1}); run again when the registry answers`,
      );
    await sleep(pause);
  }
}

async function bounded(answer: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > manifestLimit) throw new Error(`a manifest of more than ${manifestLimit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
