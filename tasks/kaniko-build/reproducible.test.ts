import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { reproducible } from './reproducible.ts';

const folder = temporaryFolder();

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
/** A layer with what tar knows: plain and empty files, folders, links of both kinds, long and strange names, a file of many blocks. */
function layer(at: number, how: string[]): Buffer {
  const files = mkdtempSync(folder('files-'));
  mkdirSync(join(files, 'app', 'x'.repeat(60), 'y'.repeat(60)), { recursive: true });
  writeFileSync(join(files, 'app/service.jar'), Buffer.alloc(300_001, 'x'));
  writeFileSync(join(files, 'app/empty'), '');
  writeFileSync(join(files, 'app', 'x'.repeat(60), 'y'.repeat(60), 'ünd 中'), 'y', { mode: 0o640 });
  linkSync(join(files, 'app/service.jar'), join(files, 'app/same.jar'));
  symlinkSync('../app/empty', join(files, 'app/link'));
  for (const name of readdirSync(files, { recursive: true, encoding: 'utf8' }))
    if (!name.endsWith('link')) utimesSync(join(files, name), at + 0.25, at + 0.5);
  return execFileSync('tar', ['--create', '--sort=name', ...how, '--directory', files, 'app'], { maxBuffer: 2 ** 26 });
}
/** An OCI layout as kaniko leaves it: one layer of the base, and what was made on it. */
function build(name: string, created: string, made: Buffer[], base = Buffer.from('base')): string {
  const layout = folder(name);
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const put = (mediaType: string, bytes: Buffer) => {
    const digest = sha256(bytes);
    writeFileSync(join(layout, 'blobs/sha256', digest.slice(7)), bytes, { mode: 0o600 });
    return { mediaType, digest, size: bytes.length };
  };
  const config = {
    created,
    architecture: 'amd64',
    container: created,
    config: { Hostname: created, Entrypoint: ['/app'] },
    rootfs: { type: 'layers', diff_ids: [base, ...made].map(sha256) },
    history: [
      { created: '2026-01-02T03:04:05Z', created_by: 'base' },
      { author: 'kaniko', created, created_by: 'ENV A=b', empty_layer: true },
      ...made.map((_, n) => ({ author: 'kaniko', created, created_by: `COPY ${n}` })),
    ],
  };
  const manifest = put(
    'application/vnd.oci.image.manifest.v1+json',
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config: put('application/vnd.oci.image.config.v1+json', Buffer.from(JSON.stringify(config))),
        layers: [base, ...made].map((tar) => put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar))),
      }),
    ),
  );
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  return layout;
}
const blob = (layout: string, digest: string) => readFileSync(join(layout, 'blobs/sha256', digest.slice(7)));
const imageOf = (layout: string, digest: string) => {
  const manifest = JSON.parse(blob(layout, digest).toString());
  return { manifest, config: JSON.parse(blob(layout, manifest.config.digest).toString()) };
};
const list = (tar: Buffer) =>
  execFileSync('tar', ['--list', '--verbose', '--full-time', '--utc'], { input: tar, encoding: 'utf8' });
const formats = [['--format=pax'], ['--format=gnu'], ['--format=ustar'], ['--format=pax', '--owner=x:3000000']];

test.each(formats)('two builds at different times are the same image (%s %s)', async (...how) => {
  const first = build('first', '2026-11-25T10:00:00Z', [layer(1_700_000_000, how), layer(1_700_000_001, how)]);
  const second = build('second', '2026-11-26T12:00:00Z', [layer(1_800_000_000, how), layer(1_800_000_001, how)]);
  const digest = await reproducible(first);
  expect(await reproducible(second)).toBe(digest);

  const { manifest, config } = imageOf(first, digest);
  expect(JSON.parse(readFileSync(join(first, 'index.json'), 'utf8')).manifests[0]).toMatchObject({ digest });
  // All that a layer says but its times is as it was, and so is the base.
  const was = layer(1_700_000_000, how);
  const now = gunzipSync(blob(first, manifest.layers[1].digest));
  const times = / \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? +/g;
  expect(list(now)).toBe(list(was).replaceAll(times, ' 1970-01-01 00:00:00 '));
  const file = execFileSync('tar', ['--extract', '--to-stdout', 'app/same.jar'], { input: now });
  expect(file.toString()).toBe('x'.repeat(300_001));
  expect(gunzipSync(blob(first, manifest.layers[0].digest)).toString()).toBe('base');
  expect(config.history[0].created).toBe('2026-01-02T03:04:05Z');
  expect(config.rootfs.diff_ids[1]).toBe(sha256(now));
  // Nothing that is left over, and all of it to be read by whoever pushes it.
  const files = readdirSync(join(first, 'blobs/sha256'));
  expect(files.sort()).toEqual(
    [...new Set([digest, manifest.config.digest, ...manifest.layers.map(({ digest }: { digest: string }) => digest)])]
      .map((name) => name.slice(7))
      .sort(),
  );
  for (const name of files) expect(statSync(join(first, 'blobs/sha256', name)).mode & 0o777).toBe(0o644);
  // A layout that is done already stays what it is.
  expect(await reproducible(first)).toBe(digest);
});

test('an image without own layers keeps those of its base', async () => {
  const layout = build('none', '2026-11-25T10:00:00Z', []);
  const { manifest } = imageOf(layout, await reproducible(layout));
  expect(gunzipSync(blob(layout, manifest.layers[0].digest)).toString()).toBe('base');
});

test.each([
  ['a layer that ends in the middle', (tar: Buffer) => tar.subarray(0, 100_000), 'a layer ends in the middle'],
  ['a layer that is no archive', () => Buffer.alloc(1024, 'x'), 'a layer has an entry whose size cannot be read'],
])('%s is refused', async (_, change, message) => {
  const layout = build('broken', '2026-11-25T10:00:00Z', [change(layer(1, ['--format=pax']))]);
  await expect(reproducible(layout)).rejects.toThrow(message);
});

test('G11: a layer of the base that is not what it says is refused, also of the same size', async () => {
  const layout = build('planted', '2026-11-25T10:00:00Z', [layer(1, [])]);
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const [base] = imageOf(layout, index.manifests[0].digest).manifest.layers;
  writeFileSync(join(layout, 'blobs/sha256', base.digest.slice(7)), Buffer.alloc(base.size, 'x'));
  await expect(reproducible(layout)).rejects.toThrow(`what is there as ${base.digest} is something else`);
});

test('a digest or link that leads out of the layout is refused', async () => {
  const layout = build('hostile', '2026-11-25T10:00:00Z', [layer(1, [])]);
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const [entry] = index.manifests;
  const given = (manifests: object[]) => {
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ ...index, manifests }));
    return expect(reproducible(layout)).rejects;
  };
  await given([{ ...entry, digest: 'sha256:../../../etc/passwd' }]).toThrow('is no digest');
  await given([entry, entry]).toThrow('2 images were built, and not one');
  const file = join(layout, 'blobs/sha256', entry.digest.slice(7));
  writeFileSync(file, '{}');
  await given([entry]).toThrow('is something else');
  rmSync(file);
  symlinkSync('/etc/passwd', file);
  await given([entry]).toThrow('is not in the image');
  rmSync(join(layout, 'index.json'));
  symlinkSync('/etc/passwd', join(layout, 'index.json'));
  await expect(reproducible(layout)).rejects.toThrow('index.json is no file');
});
