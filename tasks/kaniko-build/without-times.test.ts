import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { withoutTimes } from './without-times.ts';

async function rewrite(tar: Buffer | AsyncIterable<Buffer>, chunk = 1000): Promise<Buffer> {
  async function* chunks(bytes: Buffer) {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const parts: Buffer[] = [];
  for await (const part of withoutTimes(Buffer.isBuffer(tar) ? chunks(tar) : tar)) parts.push(part);
  return Buffer.concat(parts);
}

function header(name: string, size: number, type: string, mtime = 1_700_000_000): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(name, 0);
  bytes.write('0004755\0', 100);
  bytes.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  bytes.write(`${mtime.toString(8).padStart(11, '0')}\0`, 136);
  bytes.write(type, 156);
  bytes.write('ustar\x0000', 257, 'latin1');
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
function record(key: string, value: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}
/** A file behind a pax header, as Go's archive/tar writes both. */
const archive = (records: Buffer[], mtime?: number) => {
  const pax = Buffer.concat(records);
  return Buffer.concat([
    ...(pax.length > 0 ? [header('PaxHeaders.0/ping', pax.length, 'x', mtime), padded(pax)] : []),
    ...[header('bin/ping', 3, '0', mtime), padded(Buffer.from('abc')), Buffer.alloc(1024)],
  ]);
};
/** cap_setuid and more, as the kernel keeps them: bytes, with newlines and what is no UTF-8 among them. */
const capability = Buffer.from([1, 0, 0, 2, 0x80, 0x0a, 0xff, 0xfe, 0, 0, 0, 0, 0x3d, 0, 0, 0, 0, 0, 0, 0]);
const xattr = record('SCHILY.xattr.security.capability', capability);
const time = (key: string) => record(key, Buffer.from('1700000000.123456789'));

test('extended attributes stay, byte for byte, and times go', async () => {
  const given = archive([time('mtime'), xattr, time('atime'), time('ctime')]);
  expect(await rewrite(given)).toEqual(await rewrite(archive([xattr], 0)));
  expect((await rewrite(given)).includes(xattr)).toBe(true);
  // Nothing else differs from what was there without times.
  expect(await rewrite(archive([xattr], 0))).toEqual(archive([xattr], 0));
});

test('a pax header of times alone goes as a whole', async () => {
  expect(await rewrite(archive([time('mtime')]))).toEqual(archive([], 0));
});

test('it makes no difference how the bytes arrive', async () => {
  const given = archive([xattr, time('mtime')]);
  for (const chunk of [1, 7, 512, 513, 100_000]) expect(await rewrite(given, chunk)).toEqual(await rewrite(given));
});

const folder = temporaryFolder();
const sparse = (format: string) => {
  const file = openSync(folder('sparse'), 'w');
  writeSync(file, 'begin');
  writeSync(file, 'end', 5_000_000);
  ftruncateSync(file, 6_000_000);
  closeSync(file);
  return execFileSync('tar', ['--create', '--sparse', `--format=${format}`, '--directory', folder(), 'sparse']);
};

test('a sparse file stays what it is', async () => {
  const now = await rewrite(sparse('pax'));
  expect(now.length).toBeLessThan(100_000);
  const content = (tar: Buffer) =>
    execFileSync('tar', ['--extract', '--to-stdout'], { input: tar, maxBuffer: 2 ** 24 });
  expect(content(now).equals(content(sparse('pax')))).toBe(true);
});

test('a sparse file as of old is refused: more blocks follow than its size says', async () => {
  await expect(rewrite(sparse('gnu'))).rejects.toThrow('a layer has a header of type "S", which is not known here');
});

test.each([
  ['g', [header('global', 0, 'g')]],
  ['x', [header('pax', 9, 'x'), padded(record('size', Buffer.from('3'))), header('pax', 0, 'x')]],
  ['Z', [header('own', 0, 'Z')]],
])('a header of type %s, where none is known, is refused', async (type, blocks) => {
  await expect(rewrite(Buffer.concat(blocks))).rejects.toThrow(`a layer has a header of type ${JSON.stringify(type)}`);
});

test.each([
  ['no length', Buffer.from('x mtime=1\n')],
  ['a length beyond its end', Buffer.from('99 mtime=1\n')],
  ['no newline', Buffer.from('10 mtime=12')],
])('a pax header with %s is refused', async (_, pax) => {
  const given = Buffer.concat([header('pax', pax.length, 'x'), padded(pax), Buffer.alloc(1024)]);
  await expect(rewrite(given)).rejects.toThrow('a layer has a pax header that cannot be read');
});

test('a pax header of a size that nobody needs is not read', async () => {
  async function* endless() {
    yield header('pax', 2 ** 33 - 1, 'x');
    for (;;) yield Buffer.alloc(2 ** 20);
  }
  await expect(rewrite(endless())).rejects.toThrow('a layer has a pax header of 8589934591 bytes, allowed 1048576');
});

test('a file of any size takes no more memory than its pieces', async () => {
  const [size, piece] = [2 ** 30, Buffer.alloc(2 ** 16)];
  async function* large() {
    yield header('large', size, '0');
    for (let left = size; left > 0; left -= piece.length) yield piece;
    yield Buffer.alloc(1024);
  }
  let [bytes, most] = [0, 0];
  const before = process.memoryUsage().arrayBuffers;
  for await (const part of withoutTimes(large())) {
    bytes += part.length;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(bytes).toBe(512 + size + 1024);
  expect(most).toBeLessThan(64 * 2 ** 20);
});
