import { describe, expect, test } from '@jest/globals';
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
