import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.testing.ts';
import { archive, file, header, type Parts, pax, sealed, sha256, writeLayout } from './layout.fake.ts';
import { verifyLayout } from './layout.ts';
import { entriesLimit } from './tar.ts';

const folder = temporaryFolder();
const blobOf = (digest: string) => folder('blobs/sha256', digest.slice(7));

const good = archive(file('app/service', 'good'));
const evil = archive(file('app/service', 'evil'));
const verify = (parts: Parts) => verifyLayout(folder(), writeLayout(folder(), parts));
const layer = (tar: Buffer, blob?: Buffer) => verify({ layers: [{ tar, ...(blob ? { blob } : {}) }] });

describe('an image that is what it says', () => {
  test('passes with its layers, also with the same one twice', async () => {
    const parts = { layers: [{ tar: good }, { tar: evil }, { tar: good }] };
    expect(await verify(parts)).toEqual({ layers: 3, bytes: good.length + evil.length });
  });

  test('may have the type of its config as artifact type, as Kaniko writes it', async () => {
    const type = 'application/vnd.oci.image.config.v1+json';
    const write: Parts['write'] = (what, text) =>
      what === 'index' ? text.replace('"digest"', `"artifactType":"${type}","digest"`) : text;
    expect(await verify({ layers: [{ tar: good }], write })).toMatchObject({ layers: 1 });
  });

  test('may have the types of Docker, annotations, and labels that differ in case', async () => {
    const mediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
    const config = { config: { Labels: { a: '1', A: '2' } } };
    const write: Parts['write'] = (_, text) =>
      text
        .replaceAll('vnd.oci.image.manifest.v1+json', 'vnd.docker.distribution.manifest.v2+json')
        .replaceAll('vnd.oci.image.config.v1+json', 'vnd.docker.container.image.v1+json');
    const layers = [{ tar: good, more: { mediaType, annotations: { a: 'b' } } }];
    expect(await verify({ layers, config, write })).toMatchObject({ layers: 1 });
  });

  test('may be as large as the limits: 127 layers, a manifest of 1 MiB', async () => {
    const layers = Array.from({ length: 127 }, () => ({ tar: good }));
    const write: Parts['write'] = (what, text) => {
      const rest = 2 ** 20 - text.length - ',"annotations":{"a":""}'.length;
      return what === 'manifest' ? text.replace(/\}$/, `,"annotations":{"a":"${'x'.repeat(rest)}"}}`) : text;
    };
    const digest = writeLayout(folder(), { layers, write });
    expect(statSync(blobOf(digest)).size).toBe(2 ** 20);
    expect(await verifyLayout(folder(), digest)).toMatchObject({ layers: 127 });
  });

  test.each([['pax'], ['gnu'], ['ustar']])('may have whatever tar writes as %s', async (format) => {
    const files = folder('files');
    mkdirSync(join(files, 'x'.repeat(60), 'y'.repeat(60)), { recursive: true });
    writeFileSync(join(files, 'x'.repeat(60), 'y'.repeat(60), '표'), Buffer.alloc(300_001, 'x'));
    writeFileSync(join(files, 'short'), 'x');
    linkSync(join(files, 'short'), join(files, 'same'));
    symlinkSync('/etc/passwd', join(files, 'link'));
    execFileSync('mkfifo', [join(files, 'pipe')]);
    const tar = execFileSync('tar', ['-C', files, `--format=${format}`, '-c', '.'], { maxBuffer: 2 ** 26 });
    // With a name in its header, as gzip writes.
    const blob = execFileSync('sh', ['-c', 'cat >layer.tar && gzip -c layer.tar'], { cwd: files, input: tar });
    rmSync(files, { recursive: true });
    expect(await layer(tar, blob)).toEqual({ layers: 1, bytes: tar.length });
  });
});

describe('what Trivy and containerd could read differently is refused', () => {
  /** A skippable frame of zstd. */
  const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Buffer.from('skip')]);
  const gzip = gzipSync(good);
  const damaged = (at: number) => {
    const bytes = Buffer.from(gzip);
    bytes[bytes.length + at] = (bytes.at(at) as number) ^ 1;
    return bytes;
  };
  test.each<[string, Buffer, Buffer, RegExp]>([
    [
      'a second member of gzip',
      good,
      Buffer.concat([gzip, gzipSync(evil)]),
      /end of gzip: given "\d+ bytes behind it"/,
    ],
    ['… that its diff_id counts', Buffer.concat([good, evil]), Buffer.concat([gzip, gzipSync(evil)]), /end of gzip/],
    [
      'bytes behind its gzip',
      good,
      Buffer.concat([gzip, Buffer.from('x')]),
      /end of gzip|checksum of gzip|data of gzip/,
    ],
    ['zeros behind its gzip', good, Buffer.concat([gzip, Buffer.alloc(600_000)]), /end of gzip/],
    ['half a gzip', good, gzip.subarray(0, -20), /data of gzip/],
    ['a wrong checksum of gzip', good, damaged(-8), /checksum of gzip/],
    ['a wrong length of gzip', good, damaged(-1), /checksum of gzip/],
    [
      'flags of gzip that few readers know',
      good,
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 4]), gzip.subarray(4)]),
      /flags/,
    ],
    [
      'a skippable frame of zstd before two archives',
      good,
      Buffer.concat([skippable, zstdCompressSync(good)]),
      /data: given "something else", allowed gzip/,
    ],
    ['zstd', good, zstdCompressSync(good), /allowed gzip/],
    ['no compression', good, good, /allowed gzip/],
    ['nothing', good, Buffer.alloc(0), /data of gzip/],
    ['two bytes', good, Buffer.from([0x1f, 0x8b]), /allowed gzip/],
    [
      'a name in its gzip that never ends',
      good,
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8]), Buffer.alloc(40, 'x')]),
      /name in the header of gzip/,
    ],
    ['another content', good, gzipSync(evil), /content: given "sha256:\w+", allowed "sha256:\w+", its diff_id/],
    [
      'an archive behind the end of another',
      Buffer.concat([good, evil]),
      gzipSync(Buffer.concat([good, evil])),
      /end of the archive: given "bytes behind it"/,
    ],
  ])('G11: a layer with %s is refused', async (_, tar, blob, message) => {
    await expect(layer(tar, blob)).rejects.toThrow(message);
  });

  test('more entries than a node should get inodes of are refused, those of all layers together', async () => {
    const two = (text: string) => ({ tar: archive(file('a', text), file('b', text)) });
    const digest = writeLayout(folder(), { layers: [two('a'), two('b')] });
    const content = 2 ** 20;
    await expect(verifyLayout(folder(), digest, { content, entries: 4 })).resolves.toMatchObject({ layers: 2 });
    await expect(verifyLayout(folder(), digest, { content, entries: 3 })).rejects.toThrow(
      /^layer 2 \(sha256:\w+\): entries: given "more", allowed at most 1000000 in all layers$/,
    );
  });

  const [x, y] = [header('x', 0), header('y', 0)];
  test.each<[string, Buffer, RegExp]>([
    ['no end', file('a', 'a'), /end of the archive: given nothing/],
    ['an end in the middle', file('a', 'a'.repeat(600)).subarray(0, 700), /end of the archive: given nothing/],
    ['a wrong checksum', archive(Buffer.concat([Buffer.from('A'), x.subarray(1)])), /checksum/],
    ['a size in another notation', archive(header('x', '\x80\0\0\0\0\0\0\0\0\0\x02\0')), /size: given/],
    ['a size with a sign', archive(header('x', '+0000000010\0')), /size: given/],
    ['a size with anything behind it', archive(header('x', '0000000001x')), /size: given/],
    ['a link with content', archive(header('x', 512, '2'), y), /size: given 512, allowed 0 for an entry of type 2/],
    ['a folder with content', archive(header('x/', 512, '5'), y), /size: given 512/],
    ['a file of old that is a folder to Go', archive(header('x/', 512, '\0'), y), /entry of type: given/],
    ['a sparse file of old', archive(header('x', 0, 'S')), /entry of type: given "S"/],
    ['a sparse file', archive(pax('22 GNU.sparse.major=1\n'), file('x', 'x')), /pax header: given "GNU.sparse.major"/],
    [
      'a global header',
      archive(pax('').fill('g', 156, 157) && sealed(header('x', 0, 'g'))),
      /entry of type: given "g"/,
    ],
    ['two sizes in a pax header', archive(pax('9 size=0\n9 size=1\n'), x), /size in a pax header: given "1"/],
    ['a size in hexadecimal', archive(pax('12 size=0x0\n'), x), /size in a pax header: given "0x0"/],
    ['a size with a zero before it', archive(pax('11 size=00\n'), x), /size in a pax header: given "00"/],
    ['a pax header without a value', archive(pax('5 ab\n'), x), /pax header: given "5 ab/],
    ['a pax header with anything behind a line', archive(pax('11 a=b\nxxxx'), x), /pax header: given "11 a=b/],
    ['no size in a pax header', archive(pax('8 size=\n'), x), /pax header: given/],
    ['a pax header that says nothing', archive(pax('what?'), x), /pax header: given "what\?"/],
    ['a pax header beyond its end', archive(pax('99 a=b\n'), x), /pax header: given/],
    [
      'a size that means the next or the one after',
      archive(pax('9 size=0\n'), header('x', 0, 'L'), x),
      /entry of type: given "L"/,
    ],
    ['a pax header of 8 GiB', archive(header('x', '77777777777\0', 'x')), /size: given 8589934591, allowed 1048576/],
  ])('G11: an archive with %s is refused', async (_, tar, message) => {
    await expect(layer(tar)).rejects.toThrow(message);
  });

  const layers = [{ tar: good }];
  const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
  const asArtifact = (type: string, text: string) => text.replace('"digest"', `"artifactType":"${type}","digest"`);
  const namedAs = (name: (digest: string) => string) => ({
    layers: [{ tar: good, more: { digest: name(sha256(gzipSync(good, { level: 1 }))) } }],
  });
  const twice = (text: string) => text.replace('"layers":', '"layers":[],"layers":');
  test.each<[string, Parts, RegExp]>([
    ['a foreign layer', { layers: [{ tar: good, more: { mediaType: foreign } }] }, /layer 1: mediaType: given/],
    ['a layer of an unknown type', { layers: [{ tar: good, more: { mediaType: 'x' } }] }, /mediaType: given "x"/],
    ['a layer from another address', { layers: [{ tar: good, more: { urls: ['http://x'] } }] }, /key: given "urls"/],
    ['a layer in its own descriptor', { layers: [{ tar: good, more: { data: 'eA==' } }] }, /key: given "data"/],
    ['a layer of another size', { layers: [{ tar: good, more: { size: 1 } }] }, /size: given \d+, allowed "?1,/],
    ['a digest with a path behind it', namedAs((digest) => `${digest}/../x`), /digest: given "sha256:\w+\/\.\./],
    ['a digest with anything before it', namedAs((digest) => `x${digest}`), /digest: given "xsha256:/],
    ['a digest that is a path', { layers: [{ tar: good, more: { digest: 'sha256:../x' } }] }, /digest: given/],
    [
      'more layers than contents',
      { layers: [...layers, ...layers], config: { rootfs: { type: 'layers', diff_ids: [sha256(good)] } } },
      /diff_ids: given 1, allowed 2/,
    ],
    ['no contents', { layers, config: { rootfs: {} } }, /diff_ids: given nothing/],
    ['a subject', { layers, manifest: { subject: {} } }, /manifest: key: given "subject"/],
    ['other images in its manifest', { layers, manifest: { manifests: [] } }, /key: given "manifests"/],
    ['another type in its manifest', { layers, manifest: { mediaType: 'x' } }, /mediaType: given "x"/],
    [
      'two layers lists',
      { layers, write: (what, text) => (what === 'manifest' ? twice(text) : text) },
      /content: given/,
    ],
    ['a list of layers for Go alone', { layers, manifest: { Layers: [] } }, /key: given "Layers"/],
    ['contents for Go alone', { layers, config: { rootfS: {} } }, /key: given "rootfS"/],
    ['… in the Kelvin sign', { layers, config: { key: 1, '\u212aey': 1 } }, /key: given/],
    ['… in a letter of another alphabet', { layers, config: { rootf\u017f: {} } }, /key: given/],
    ['a manifest with blanks', { layers, write: (what, text) => (what === 'manifest' ? `${text} ` : text) }, /content/],
    [
      'an index with blanks',
      { layers, write: (what, text) => (what === 'index' ? `${text} ` : text) },
      /content: given/,
    ],
    ['an index for Go alone', { layers, index: { Manifests: [] } }, /index.json: key: given "Manifests"/],
    [
      'a config of another size',
      { layers, write: (what, text) => (what === 'manifest' ? text.replace(/"size":\d+/, '"size":1') : text) },
      /size: given \d+, allowed 1, as in its descriptor/,
    ],
    ['a manifest of any size', { layers, manifest: { annotations: { a: 'x'.repeat(2 ** 20) } } }, /size: given/],
    ['no JSON', { layers, write: (what) => (what === 'config' ? '{' : '{}') }, /manifests: given nothing/],
    ['no image', { layers, index: { manifests: [] } }, /manifests: given 0, allowed "?one/],
    [
      'nested lists of images',
      { layers, index: { manifests: [{ mediaType: 'application/vnd.oci.image.index.v1+json' }] } },
      /mediaType/,
    ],
    [
      'an artifact type that is none of an image',
      { layers, write: (what, text) => (what === 'index' ? asArtifact('application/x', text) : text) },
      /index.json: artifactType: given "application\/x"/,
    ],
    ['a list for an index', { layers, write: (what, text) => (what === 'index' ? '[]' : text) }, /an object/],
    ['nothing for a manifest', { layers, write: (what, text) => (what === 'manifest' ? 'null' : text) }, /an object/],
    ['a text for a config', { layers, write: (what, text) => (what === 'config' ? '"x"' : text) }, /an object/],
    [
      'contents of another type',
      { layers, config: { rootfs: { type: 'x', diff_ids: [sha256(good)] } } },
      /type: given/,
    ],
    ['a digest that is no text', { layers: [{ tar: good, more: { digest: [sha256(good)] } }] }, /digest: given/],
    ['a size below zero', { layers: [{ tar: good, more: { size: -1 } }] }, /size: given "?-1/],
    ['a size that is no whole number', { layers: [{ tar: good, more: { size: 1.5 } }] }, /size: given "?1.5/],
    ['a size that is no number', { layers: [{ tar: good, more: { size: '1' } }] }, /size: given "?1/],
    ['keys for Go alone deep inside', { layers, config: { config: { Env: [], env: [] } } }, /key: given "env"/],
    ['… in a list', { layers, config: { history: [{ a: 1, A: 2 }] } }, /key: given "A"/],
    ['… in what ends as labels do', { layers, config: { config: { xLabels: { a: 1, A: 2 } } } }, /key: given "A"/],
    ['… in what begins as labels do', { layers, config: { config: { Labelsx: { a: 1, A: 2 } } } }, /key: given "A"/],
    ['128 layers', { layers: Array.from({ length: 128 }, () => ({ tar: good })) }, /layers: given 128/],
  ])('G11: an image with %s is refused', async (_, parts, message) => {
    await expect(verify(parts)).rejects.toThrow(message);
  });

  test.each<[string, (digest: string) => void, RegExp]>([
    ['a second image', () => writeLayout(folder(), { layers: [{ tar: evil }] }), /image: given|entry: given/],
    ['a blob that nothing names', () => writeFileSync(blobOf(sha256(evil)), 'x'), /sha256: entry: given/],
    ['a file beside it', () => writeFileSync(folder('manifest.json'), '[]'), /entry: given "manifest.json"/],
    ['a folder of blobs more', () => mkdirSync(folder('blobs/sha512')), /blobs: entry: given "sha512"/],
    ['no index', () => rmSync(folder('index.json')), /entry: given nothing, allowed "?index.json/],
    ['a link for a blob', (digest) => replace(blobOf(digest), (to, from) => symlinkSync(from, to)), /plain file/],
    ['a second name of a blob', (digest) => linkSync(blobOf(digest), `${folder()}-name`), /given "2 names"/],
    ['a link for its blobs', () => replace(folder('blobs'), (to, from) => symlinkSync(from, to)), /no folder/],
    ['a pipe for a blob', (digest) => replace(blobOf(digest), (to) => execFileSync('mkfifo', [to])), /a special file/],
    ['a folder for a blob', (digest) => replace(blobOf(digest), (to) => mkdirSync(to)), /a special file/],
    ['another blob under its name', (digest) => writeFileSync(blobOf(digest), '{}'), /digest: given/],
    // The time in its header: same size, same content.
    ['another gzip of a layer', () => changeByte(blobOf(sha256(gzipSync(good, { level: 1 }))), 4, 1), /digest: given/],
    ['a byte that is no UTF-8', () => changeByte(folder('index.json'), -20, 0xff), /content: given/],
    ['a byte order mark', () => prefix(folder('index.json'), Buffer.from([0xef, 0xbb, 0xbf])), /content: given/],
  ])('G11: a layout with %s is refused', async (_, change, message) => {
    const digest = writeLayout(folder(), { layers });
    change(digest);
    try {
      await expect(verifyLayout(folder(), digest)).rejects.toThrow(message);
    } finally {
      rmSync(`${folder()}-name`, { force: true, recursive: true });
    }
  });
  const changeByte = (path: string, at: number, to: number) => {
    const bytes = readFileSync(path);
    bytes[at < 0 ? bytes.length + at : at] = to;
    writeFileSync(path, bytes);
  };
  const prefix = (path: string, bytes: Buffer) => writeFileSync(path, Buffer.concat([bytes, readFileSync(path)]));
  const replace = (path: string, by: (to: string, from: string) => unknown) => {
    renameSync(path, `${folder()}-name`);
    by(path, `${folder()}-name`);
  };

  test('a layout that is not there is refused', async () => {
    await expect(verifyLayout(folder('nowhere'), sha256(good))).rejects.toThrow(
      'nowhere: kind: given "no folder", allowed a folder',
    );
  });

  test('a refusal leaves no file open', async () => {
    const digest = writeLayout(folder(), { layers });
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    await verifyLayout(folder(), digest);
    for (const path of ['one-more', 'blobs/sha256/one-more']) {
      writeFileSync(folder(path), '');
      await expect(verifyLayout(folder(), digest)).rejects.toThrow(/entry: given/);
      rmSync(folder(path));
    }
    linkSync(blobOf(digest), `${folder()}-name`);
    await expect(verifyLayout(folder(), digest)).rejects.toThrow(/2 names/);
    rmSync(`${folder()}-name`);
    const [blob] = layers.map(({ tar }) => blobOf(sha256(gzipSync(tar, { level: 1 })))) as [string];
    writeFileSync(blob, '');
    await expect(verifyLayout(folder(), digest)).rejects.toThrow(/size: given/);
    expect(open()).toBe(before);
  });

  test('the bounds of all layers hold for their sum', async () => {
    const digest = writeLayout(folder(), { layers: [{ tar: good }, { tar: evil }] });
    const within = (content: number) => verifyLayout(folder(), digest, { content, entries: entriesLimit });
    await expect(within(good.length + evil.length)).resolves.toMatchObject({ layers: 2 });
    await expect(within(good.length + evil.length - 1)).rejects.toThrow('content of all layers');
  });

  test('G11: another image than the one that was built is refused', async () => {
    const digest = writeLayout(folder(), { layers });
    await expect(verifyLayout(folder(), sha256(evil))).rejects.toThrow(
      `index.json: image: given "${digest}", allowed ${sha256(evil)}, which was built`,
    );
  });

  test('G27: layers without end are refused', async () => {
    const digest = writeLayout(folder(), { layers: [{ tar: archive(file('a', 'a'.repeat(2 ** 20))) }] });
    await expect(verifyLayout(folder(), digest, { content: 2 ** 20, entries: entriesLimit })).rejects.toThrow(
      'content of all layers: allowed at most 1048576',
    );
  });
});
