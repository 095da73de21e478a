import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A header of tar: of a file, unless another type is given. */
export function header(name: string, size: number | string, type = '0'): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(name, 0);
  bytes.write('0000644\0', 100);
  bytes.write(typeof size === 'string' ? size : `${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  bytes.write(type, 156, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  return sealed(bytes);
}
/** With the checksum that it should have. */
export function sealed(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
export const padded = (text: string | Buffer) => {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
};
export const end = Buffer.alloc(1024);
export const file = (name: string, text: string) => Buffer.concat([header(name, text.length), padded(text)]);
export const pax = (records: string) => Buffer.concat([header('pax', records.length, 'x'), padded(records)]);
export const archive = (...entries: Buffer[]) => Buffer.concat([...entries, end]);

type Json = Record<string, unknown>;
export type Parts = {
  /** Contents of layers, and what the blob is instead of their gzip. */
  layers: { tar: Buffer; blob?: Buffer; more?: Json }[];
  config?: Json;
  manifest?: Json;
  index?: Json;
  /** The last word on a text, before its digest is taken. */
  write?: (what: 'config' | 'manifest' | 'index', text: string) => string;
};

/** Writes an OCI layout as kaniko-build leaves it, with digests that fit whatever is in it. Returns that of the image. */
export function writeLayout(
  folder: string,
  { layers, config, manifest, index, write = (_, text) => text }: Parts,
): string {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  const put = (mediaType: string, bytes: Buffer) => {
    const digest = sha256(bytes);
    writeFileSync(join(folder, 'blobs/sha256', digest.slice(7)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const text = (what: 'config' | 'manifest' | 'index', value: Json) => Buffer.from(write(what, JSON.stringify(value)));
  const diff_ids = layers.map(({ tar }) => sha256(tar));
  const image = put(
    'application/vnd.oci.image.manifest.v1+json',
    text('manifest', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: put(
        'application/vnd.oci.image.config.v1+json',
        text('config', { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids }, ...config }),
      ),
      layers: layers.map(({ tar, blob = gzipSync(tar, { level: 1 }), more }) => ({
        ...put('application/vnd.oci.image.layer.v1.tar+gzip', blob),
        ...more,
      })),
      ...manifest,
    }),
  );
  writeFileSync(join(folder, 'index.json'), text('index', { schemaVersion: 2, manifests: [image], ...index }));
  writeFileSync(join(folder, 'oci-layout'), '{\n  "imageLayoutVersion": "1.0.0"\n}');
  return image.digest;
}
