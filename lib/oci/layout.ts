import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, lstatSync, opendirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { faultText, UserError } from '../errors.ts';
import { openUntrusted } from '../plain-file.ts';
import { shown } from '../text.ts';
import { oneMember } from './gzip.ts';
import { entriesLimit, tarReader } from './tar.ts';

/**
 * Verifies an image in an OCI layout that hostile code could write: whoever reads it after this gets the same files. Trivy, crane and
 * containerd each have their own readers of JSON, gzip and tar; whatever they could read differently is refused.
 */

/** `content` and `entries`: bytes and entries of all layers decompressed; `layers`: more cannot be mounted. */
const limits = {
  layout: 1024,
  index: 64 * 1024,
  manifest: 2 ** 20,
  config: 4 * 2 ** 20,
  layers: 127,
  content: 4 * 2 ** 30,
  entries: entriesLimit,
};

const types = {
  manifest: ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'],
  config: ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'],
  // Not those that a registry need not have ("foreign", "nondistributable"), and no other compression: base images come as gzip, and a frame
  // of zstd that readers skip can hide an archive.
  layer: ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
};

type Descriptor = { mediaType: string; digest: string; size: number; artifactType?: unknown };
export type Verified = { layers: number; bytes: number };

const fault = (where: string, what: string, given: unknown, allowed: string) =>
  new UserError(faultText({ where, what, given, allowed }));

/** `digest`: that of the manifest. Throws a UserError for anything but this image and nothing else in `folder`. */
export async function verifyLayout(
  folder: string,
  digest: string,
  { content, entries: left }: Pick<typeof limits, 'content' | 'entries'> = limits,
): Promise<Verified> {
  names(folder, ['blobs', 'index.json', 'oci-layout']);
  names(join(folder, 'blobs'), ['sha256']);
  json(folder, 'oci-layout', limits.layout, false);
  const index = json(folder, 'index.json', limits.index);
  const entries = list(index, 'manifests', 'index.json');
  if (entries.length !== 1) throw fault('index.json', 'manifests', entries.length, 'one');
  const entry = descriptor(entries[0], types.manifest, 'index.json', ['annotations', 'platform', 'artifactType']);
  if (entry.digest !== digest) throw fault('index.json', 'image', entry.digest, `${digest}, which was built`);

  const manifest = blob(entry, limits.manifest);
  only(manifest, ['schemaVersion', 'mediaType', 'config', 'layers', 'annotations'], 'manifest');
  if ((manifest.mediaType ?? entry.mediaType) !== entry.mediaType)
    throw fault('manifest', 'mediaType', manifest.mediaType, `${entry.mediaType}, as in index.json`);
  const config = descriptor(manifest.config, types.config, 'manifest: config');
  // Kaniko writes it; what has another one is no image to some readers.
  if ((entry.artifactType ?? config.mediaType) !== config.mediaType)
    throw fault('index.json', 'artifactType', entry.artifactType, `${config.mediaType}, as the config`);
  const layers = list(manifest, 'layers', 'manifest').map((layer, at) =>
    descriptor(layer, types.layer, `manifest: layer ${at + 1}`, ['annotations']),
  );
  if (layers.length > limits.layers) throw fault('manifest', 'layers', layers.length, `at most ${limits.layers}`);
  const { rootfs } = blob(config, limits.config) as { rootfs?: Record<string, unknown> };
  const diffs = list(rootfs, 'diff_ids', 'config: rootfs');
  if (rootfs?.type !== 'layers') throw fault('config: rootfs', 'type', rootfs?.type, 'layers');
  if (diffs.length !== layers.length)
    throw fault('config', 'diff_ids', diffs.length, `${layers.length}, one for each layer`);
  names(
    join(folder, 'blobs/sha256'),
    [...new Set([entry, config, ...layers].map((one) => one.digest.slice(7)))],
    'what index.json, manifest and config name',
  );

  /** Content of layers that were read, by digest: an image may have the same one twice. */
  const read = new Map<string, string>();
  let bytes = 0;
  const unpacked = { left };
  for (const [at, layer] of layers.entries()) {
    const where = `layer ${at + 1} (${layer.digest})`;
    try {
      if (!read.has(layer.digest)) {
        const [diff, length] = await contentOf(layer, content - bytes);
        bytes += length;
        read.set(layer.digest, diff);
      }
    } catch (error) {
      throw error instanceof UserError ? new UserError(`${where}: ${error.message}`) : error;
    }
    if (read.get(layer.digest) !== diffs[at])
      throw fault(where, 'content', read.get(layer.digest), `${shown(diffs[at])}, its diff_id`);
  }
  return { layers: layers.length, bytes };

  function blob({ digest, size }: Descriptor, limit: number): Record<string, unknown> {
    return json(folder, `blobs/sha256/${digest.slice(7)}`, limit, true, { digest, size });
  }

  /** The digest and the length of what a layer decompresses to. */
  async function contentOf({ digest, size }: Descriptor, most: number): Promise<[string, number]> {
    const file = plain(folder, `blobs/sha256/${digest.slice(7)}`);
    if (file.size !== size) {
      closeSync(file.descriptor);
      throw new UserError(faultText({ what: 'size', given: file.size, allowed: `${size}, as in the manifest` }));
    }
    const [raw, diff, tar] = [createHash('sha256'), createHash('sha256'), tarReader(unpacked)];
    async function* hashed() {
      for await (const part of createReadStream('', { fd: file.descriptor, highWaterMark: 2 ** 18 })) {
        raw.update(part);
        yield part as Buffer;
      }
    }
    let length = 0;
    for await (const part of oneMember(hashed(), size)) {
      length += part.length;
      if (length > most)
        throw new UserError(faultText({ what: 'content of all layers', allowed: `at most ${content} bytes` }));
      diff.update(part);
      tar.push(part);
    }
    tar.end();
    const found = `sha256:${raw.digest('hex')}`;
    if (found !== digest) throw new UserError(faultText({ what: 'digest', given: found, allowed: digest }));
    return [`sha256:${diff.digest('hex')}`, length];
  }
}

/** A folder has these entries and no other. Reads at most one more: there may be millions. */
function names(folder: string, allowed: string[], what = allowed.join(', ')): void {
  const where = folder.split('/').at(-1) as string;
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw fault(where, 'kind', 'no folder', 'a folder');
  const missing = new Set(allowed);
  const entries = opendirSync(folder);
  try {
    for (let entry = entries.readSync(); entry; entry = entries.readSync())
      if (!missing.delete(entry.name)) throw fault(where, 'entry', entry.name, what);
  } finally {
    entries.closeSync();
  }
  if (missing.size > 0) throw fault(where, 'entry', undefined, [...missing].join(', '));
}

/** An open file with one name, and no link: a second name could be written to. */
function plain(folder: string, name: string): { descriptor: number; size: number } {
  let descriptor: number;
  try {
    descriptor = openUntrusted(join(folder, name));
  } catch (error) {
    throw fault(name, 'file', (error as NodeJS.ErrnoException).code, 'a plain file that can be read');
  }
  const there = fstatSync(descriptor);
  if (there.isFile() && there.nlink === 1) return { descriptor, size: there.size };
  closeSync(descriptor);
  throw fault(name, 'file', there.isFile() ? `${there.nlink} names` : 'a special file', 'a plain file with one name');
}

/**
 * The object in a file. `canonical`: written as JSON.stringify writes, as the build leaves it. Of a key that is there twice readers take
 * the first or the last, and Go's takes `Layers` for `layers`.
 */
function json(
  folder: string,
  name: string,
  limit: number,
  canonical = true,
  is?: { digest: string; size: number },
): Record<string, unknown> {
  const { descriptor, size } = plain(folder, name);
  const bytes = Buffer.alloc(Math.min(size, limit + 1));
  try {
    readSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  if (size > limit) throw fault(name, 'size', size, `at most ${limit} bytes`);
  if (is) {
    const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (found !== is.digest) throw fault(name, 'digest', found, is.digest);
    if (size !== is.size) throw fault(name, 'size', size, `${is.size}, as in its descriptor`);
  }
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
    if (canonical && JSON.stringify(value) !== text) throw new Error('not as JSON.stringify writes it');
    if (canonical) distinct(value, name);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw fault(name, 'content', (error as Error).message, 'JSON as kaniko-build writes it');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw fault(name, 'content', value, 'an object');
  return value as Record<string, unknown>;
}

/** No object has two keys that differ in case alone. Long s and the Kelvin sign are letters of ASCII to Go. */
function distinct(value: unknown, name: string): void {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) {
    const seen = new Set<string>();
    for (const key of Object.keys(value)) {
      const folded = key.toUpperCase().toLowerCase();
      if (seen.has(folded)) throw fault(name, 'key', key, 'keys that differ in more than case');
      seen.add(folded);
    }
  }
  // Maps of anybody's own words, which no reader has a name for.
  for (const [key, inner] of Object.entries(value)) if (!/^(Labels|annotations)$/.test(key)) distinct(inner, name);
}

function list(of: unknown, key: string, where: string): unknown[] {
  const value = (of as Record<string, unknown> | undefined)?.[key];
  if (!Array.isArray(value)) throw fault(where, key, value, 'a list');
  return value;
}

function only(value: object, keys: string[], where: string): void {
  const other = Object.keys(value).find((key) => !keys.includes(key));
  if (other !== undefined) throw fault(where, 'key', other, keys.join(', '));
}

/** A descriptor without `urls` and `data`, from which some readers would take the content. */
function descriptor(value: unknown, mediaTypes: string[], where: string, more: string[] = []): Descriptor {
  const { mediaType, digest, size, artifactType } = (value ?? {}) as Record<string, unknown>;
  if (!mediaTypes.includes(mediaType as string)) throw fault(where, 'mediaType', mediaType, mediaTypes.join(', '));
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw fault(where, 'digest', digest, '"sha256:" and 64 hex digits');
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw fault(where, 'size', size, 'a number of bytes');
  only(value as object, ['mediaType', 'digest', 'size', ...more], where);
  return {
    ...{ mediaType: mediaType as string, digest, size: size as number },
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}
