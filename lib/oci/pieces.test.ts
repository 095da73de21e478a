import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { oneMember } from './gzip.ts';
import { archive, file, header, padded, pax } from './layout.fake.ts';
import { tarReader } from './tar.ts';

/** gzip decompresses to pieces of any size. */
const sizes = [1, 513, 2 ** 20];

/** How many entries an archive has, given in pieces of this size, whose memory is used again. */
function entriesOf(tar: Buffer, size: number): number {
  const left = { left: 100 };
  const reader = tarReader(left);
  const memory = Buffer.alloc(size);
  for (let at = 0; at < tar.length; at += size) {
    const length = tar.copy(memory, 0, at, at + size);
    reader.push(memory.subarray(0, length));
    memory.fill(0xff);
  }
  reader.end();
  return 100 - left.left;
}

const long = `713 path=${'p'.repeat(703)}\n`;
describe.each(sizes)('in pieces of %d bytes', (size) => {
  test.each<[string, Buffer, number]>([
    ['two files', archive(file('a', 'a'.repeat(600)), file('b', '')), 2],
    ['a link, a folder and a file', archive(header('l', 0, '1'), header('f/', 0, '5'), file('a', 'a')), 3],
    ['a pax header longer than a block', archive(pax(long), file('a', 'a')), 2],
    // The size in the header of the file is 0, and what follows is no header.
    [
      'a size in a pax header',
      archive(pax('13 size=1024\n'), header('a', 0), padded('x'.repeat(1024)), file('b', 'b')),
      3,
    ],
    ['a name of GNU', archive(header('long', 600, 'L'), padded('n'.repeat(600)), file('a', 'a')), 2],
  ])('%s can be read', (_, tar, entries) => {
    expect(entriesOf(tar, size)).toBe(entries);
  });

  test.each<[string, Buffer, RegExp]>([
    [
      'a byte behind the end',
      Buffer.concat([archive(file('a', 'a')), Buffer.alloc(5_000), Buffer.from('x')]),
      /behind it/,
    ],
    ['a second size', archive(pax(`${long}9 size=1\n9 size=1\n`), header('a', 0)), /size in a pax header: given "1"/],
    [
      'a size of 16 digits',
      archive(pax(`25 size=1${'9'.repeat(15)}\n`), header('a', 0)),
      /size in a pax header: given "1999/,
    ],
    ['no end', file('a', 'a'), /end of the archive: given nothing/],
  ])('%s is refused', (_, tar, message) => {
    expect(() => entriesOf(tar, size)).toThrow(message);
  });
});

describe('gzip, of which a file gives pieces of any size', () => {
  const content = randomBytes(3_000);
  /** Called when the source was read to its end, or closed. */
  let closed = () => {};
  async function decompressed(blob: Buffer, size: number, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
    async function* pieces() {
      try {
        for (let at = 0; at < blob.length; at += size) yield blob.subarray(at, at + size);
      } finally {
        closed();
      }
    }
    const found: Buffer[] = [];
    for await (const part of oneMember(pieces(), blob.length)) {
      found.push(part);
      if (Buffer.concat(found).length > most) break;
    }
    return Buffer.concat(found);
  }

  // The header is in the first piece.
  test.each([18, 25, 1_000, 1_500, 10_000])(
    'in pieces of %d bytes it is the same content, and nothing behind it',
    async (size) => {
      const gzip = gzipSync(content);
      expect(await decompressed(gzip, size)).toEqual(content);
      await expect(decompressed(Buffer.concat([gzip, Buffer.from('x')]), size)).rejects.toThrow(/of gzip: given/);
      await expect(decompressed(Buffer.concat([gzip, gzip]), size)).rejects.toThrow(/end of gzip: given/);
      const wrong = Buffer.from(gzip);
      wrong[wrong.length - 6] = (wrong.at(-6) as number) ^ 1;
      await expect(decompressed(wrong, size)).rejects.toThrow(/checksum of gzip: given/);
      await expect(decompressed(gzip.subarray(0, -9), size)).rejects.toThrow(/data of gzip: given|checksum of gzip/);
    },
  );

  test('whoever stops reading closes the source', async () => {
    const closing = new Promise<void>((resolve) => {
      closed = resolve;
    });
    await decompressed(gzipSync(randomBytes(2 ** 20)), 1_000, 10);
    await closing;
  });
});
