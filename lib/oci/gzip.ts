import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { faultText, UserError } from '../errors.ts';

const fault = (what: string, given: unknown, allowed: string) => new UserError(faultText({ what, given, allowed }));
const piece = 2 ** 18;
const trailer = 8;
/** Bit of the header's flags: the name of the file that was compressed, which ends with a NUL. */
const named = 8;

/** The length of a member's header, which is in its first piece. */
function headerLength(first: Buffer): number {
  if (first.length < 18 || first.readUIntBE(0, 3) !== 0x1f8b08) throw fault('data', 'something else', 'gzip');
  const flags = first[3] as number;
  if ((flags & ~named) !== 0) throw fault('flags of gzip', flags, `0, or ${named} for a name`);
  if (flags === 0) return 10;
  const end = first.indexOf(0, 10);
  if (end < 0) throw fault('name in the header of gzip', `${first.length} bytes`, 'fewer');
  return end + 1;
}

/**
 * Decompresses gzip data of this many bytes in one pass. Throws a UserError unless it is exactly one member: of several, and of anything
 * behind one, some readers take the first, some take all, and some ignore the rest.
 */
export async function* oneMember(data: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let header = 0;
  let tail: Buffer = Buffer.alloc(0);
  /** Everything between header and trailer. */
  async function* compressed() {
    for await (const part of data) {
      let rest = part;
      if (header === 0) {
        header = headerLength(part);
        rest = part.subarray(header);
      }
      const all = Buffer.concat([tail, rest]);
      tail = all.subarray(Math.max(0, all.length - trailer));
      if (all.length > trailer) yield all.subarray(0, all.length - trailer);
    }
  }
  const source = Readable.from(compressed());
  const inflate = createInflateRaw({ chunkSize: piece });
  source.once('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  let [sum, length] = [0, 0];
  try {
    for await (const part of inflate) {
      sum = crc32(part, sum);
      length += part.length;
      yield part;
    }
  } catch (error) {
    throw /^Z_/.test((error as NodeJS.ErrnoException).code ?? '')
      ? fault('data of gzip', (error as Error).message, 'one whole member')
      : error;
  } finally {
    source.destroy();
  }
  const behind = size - header - trailer - inflate.bytesWritten;
  if (behind !== 0) throw fault('end of gzip', `${behind} bytes behind it`, 'one member and nothing else');
  if (tail.readUInt32LE(0) !== sum || tail.readUInt32LE(4) !== length % 2 ** 32)
    throw fault('checksum of gzip', tail.toString('hex'), 'that of its content');
}
