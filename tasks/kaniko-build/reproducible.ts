import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { withoutTimes } from './without-times.ts';

type Descriptor = {
  mediaType: string;
  digest: string;
  size: number;
};
type History = {
  author?: string;
  created?: string;
  empty_layer?: boolean;
};
type Config = {
  created?: string;
  container?: string;
  docker_version?: string;
  config?: { Hostname?: string };
  rootfs: { diff_ids: string[] };
  history?: History[];
};

/**
 * Makes an image of kaniko bit-for-bit reproducible: removes the times from the layers that the build added, and from the image itself.
 * kaniko's own `--reproducible` rewrites the layers of the base too, which takes longer than many builds and gives them digests that no
 * registry and no node has.
 *
 * `layout` is an OCI layout with one image. Returns the digest of the image. Throws if it is not such a layout: the code of a push ran
 * beside the program that made it.
 */
export async function reproducible(layout: string): Promise<string> {
  const path = (digest: string) => {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${JSON.stringify(digest)} is no digest`);
    const file = join(layout, 'blobs', 'sha256', digest.slice(7));
    if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) throw new Error(`${digest} is not in the image`);
    return file;
  };
  const read = (digest: string) => {
    const bytes = readFileSync(path(digest));
    if (sha256(bytes) !== digest) throw new Error(`what is there as ${digest} is something else`);
    return JSON.parse(bytes.toString('utf8'));
  };
  const write = (value: object): Pick<Descriptor, 'digest' | 'size'> => {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = sha256(bytes);
    writeFileSync(join(layout, 'blobs', 'sha256', digest.slice(7)), bytes);
    return { digest, size: bytes.length };
  };

  const indexFile = join(layout, 'index.json');
  for (const [name, kind] of [
    ['blobs', 'folder'],
    ['blobs/sha256', 'folder'],
    ['index.json', 'file'],
  ] as const) {
    const there = lstatSync(join(layout, name), { throwIfNoEntry: false });
    if (!(kind === 'folder' ? there?.isDirectory() : there?.isFile())) throw new Error(`${name} is no ${kind}`);
  }
  const index = JSON.parse(readFileSync(indexFile, 'utf8')) as { manifests: Descriptor[] };
  const [entry, ...others] = index.manifests;
  if (!entry || others.length > 0) throw new Error(`${index.manifests.length} images were built, and not one`);
  const manifest = read(entry.digest) as { config: Descriptor; layers: Descriptor[] };
  const config = read(manifest.config.digest) as Config;
  const history = config.history ?? [];
  // kaniko names itself as the author of the layers it adds on top. Layers of a base that kaniko built are rewritten with them.
  const made = history.filter(({ author, empty_layer }) => author === 'kaniko' && !empty_layer).length;
  const firstMade = Math.max(0, manifest.layers.length - made);
  // kaniko keeps an existing file of the right size, and the code of a push could put one there: that would be scanned, while a registry
  // that has the true layer would serve it.
  for (const { digest } of manifest.layers.slice(0, firstMade)) {
    const whole = createHash('sha256');
    for await (const part of createReadStream(path(digest))) whole.update(part);
    if (`sha256:${whole.digest('hex')}` !== digest) throw new Error(`what is there as ${digest} is something else`);
  }
  const before = new Set([entry.digest, manifest.config.digest]);
  for (let n = firstMade; n < manifest.layers.length; n++) {
    const layer = manifest.layers[n] as Descriptor;
    if (!/tar(\+|\.)gzip$/.test(layer.mediaType))
      throw new Error(`a layer is ${layer.mediaType}, which is not known here`);
    const [diff, whole, file] = [createHash('sha256'), createHash('sha256'), join(layout, 'layer')];
    await pipeline(
      createReadStream(path(layer.digest)),
      createGunzip(),
      withoutTimes,
      async function* (parts: AsyncIterable<Buffer>) {
        for await (const part of parts) {
          diff.update(part);
          yield part;
        }
      },
      createGzip(),
      createWriteStream(file, { flags: 'wx' }),
    );
    const size = lstatSync(file).size;
    for await (const part of createReadStream(file)) whole.update(part);
    const digest = `sha256:${whole.digest('hex')}`;
    renameSync(file, join(layout, 'blobs', 'sha256', digest.slice(7)));
    before.add(layer.digest);
    manifest.layers[n] = { ...layer, digest, size };
    config.rootfs.diff_ids[n] = `sha256:${diff.digest('hex')}`;
  }
  config.created = new Date(0).toISOString();
  delete config.container;
  delete config.docker_version;
  delete config.config?.Hostname;
  for (const step of history) if (step.author === 'kaniko') delete step.created;
  Object.assign(manifest.config, write(config));
  Object.assign(entry, write(manifest));
  writeFileSync(indexFile, JSON.stringify(index));
  // A layer of the base can have the same bytes as one that the build added.
  for (const digest of [entry.digest, manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)])
    before.delete(digest);
  for (const digest of before) rmSync(path(digest));
  // Only their owner may read kaniko's blobs, and the task that pushes them is not root.
  for (const { digest } of [entry, manifest.config, ...manifest.layers]) chmodSync(path(digest), 0o644);
  return entry.digest;
}

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
