import { faultText, UserError } from '../errors.ts';

const block = 512;
const zeros = Buffer.alloc(2 ** 16);
/** Bytes. Go's archive/tar, by which Trivy and containerd read, has the same limit for a header that it holds in memory. */
const heldLimit = 2 ** 20;
/** Of a whole image; large ones have some 100,000. */
export const entriesLimit = 1_000_000;
/** Files, links of both kinds, devices, folders, pipes, pax headers and GNU's long names: what containerd unpacks. */
const known = '0123456xLK';
/** Links, devices, folders and pipes have no content for Go, whatever their size says, and have it for others. */
const withoutContent = '123456';

const fault = (what: string, given: unknown, allowed: string) => new UserError(faultText({ what, given, allowed }));
const latin = (field: Buffer) => field.toString('latin1');

/** The sum of a header with blanks in place of its checksum. */
const sumOf = (header: Buffer): number => {
  let sum = 8 * 32;
  for (let at = 0; at < block; at++) if (at < 148 || at >= 156) sum += header[at] as number;
  return sum;
};

/** Octal digits with blanks before them, and blanks or NULs behind: what every reader takes for the same number. */
function octal(header: Buffer, from: number, to: number, what: string): number {
  const field = latin(header.subarray(from, to));
  const digits = /^ *([0-7]+)[ \0]*$/.exec(field)?.[1];
  if (digits === undefined) throw fault(what, field, 'octal digits');
  return Number.parseInt(digits, 8);
}

/** The size that a pax header gives the next entry; undefined if none. */
function paxSize(records: Buffer): number | undefined {
  let size: number | undefined;
  for (let at = 0; at < records.length; ) {
    // "<length of all of it> <key>=<value>\n", where the value may be any bytes.
    const length = Number(/^([1-9]\d{0,6}) /.exec(latin(records.subarray(at, at + 8)))?.[1]);
    const record = latin(records.subarray(at, at + length));
    const [, key, value] = record.match(/^\d+ ([^=]+)=(.*)\n$/s) ?? [];
    if (key === undefined || record.length !== length)
      throw fault('pax header', latin(records.subarray(at, at + 40)), '"<length> <key>=<value>" in each line');
    // A file of any size, of which the archive has next to nothing.
    if (key.startsWith('GNU.sparse.')) throw fault('pax header', key, 'no sparse file');
    if (key === 'size') {
      if (size !== undefined || !/^(0|[1-9]\d{0,14})$/.test(value as string))
        throw fault('size in a pax header', value, 'one decimal number');
      size = Number(value);
    }
    at += length;
  }
  return size;
}

/**
 * Reads a tar archive in pieces of any size and keeps none of it. Throws a UserError for what two readers could take for different
 * entries: a header with a wrong checksum, a size that is no plain number, a link with content, an unknown type, an archive without its end
 * or with anything behind it. `entries` counts down what is left of them, of all archives together: each takes an inode of a node.
 */
export function tarReader(entries: { left: number }): { push: (piece: Buffer) => void; end: () => void } {
  let held: Buffer = Buffer.alloc(0);
  /** Bytes of content that are left, with padding. */
  let left = 0;
  /** Where `held` is to be a pax header, its size without padding. */
  let pax: number | undefined;
  let size: number | undefined;
  let ended = false;

  function entry(header: Buffer): void {
    if (header.equals(zeros.subarray(0, block))) {
      ended = true;
      return;
    }
    if (octal(header, 148, 156, 'checksum') !== sumOf(header))
      throw fault('checksum', latin(header.subarray(148, 156)), 'that of its header');
    if (entries.left-- <= 0) throw fault('entries', 'more', `at most ${entriesLimit} in all layers`);
    const type = String.fromCharCode(header[156] as number);
    if (!known.includes(type)) throw fault('entry of type', type, [...known].join(', '));
    const special = 'xLK'.includes(type);
    // The next entry is meant, and which one is next differs between readers.
    if (special && size !== undefined) throw fault('entry of type', type, 'a file behind a pax header with a size');
    const bytes = size ?? octal(header, 124, 136, 'size');
    size = undefined;
    if (withoutContent.includes(type) && bytes > 0) throw fault('size', bytes, `0 for an entry of type ${type}`);
    if (special && bytes > heldLimit) throw fault('size', bytes, `${heldLimit} bytes for an entry of type ${type}`);
    const padded = Math.ceil(bytes / block) * block;
    if (type === 'x') pax = bytes;
    else left = padded;
  }

  const behind = (piece: Buffer) => {
    for (let at = 0; at < piece.length; at += zeros.length) {
      const part = piece.subarray(at, at + zeros.length);
      if (!part.equals(zeros.subarray(0, part.length)))
        throw fault('end of the archive', 'bytes behind it', 'zeros and nothing else');
    }
  };

  return {
    push(piece) {
      let rest = piece;
      while (rest.length > 0) {
        if (ended) return behind(rest);
        if (left > 0) {
          const content = Math.min(left, rest.length);
          left -= content;
          rest = rest.subarray(content);
          continue;
        }
        const wanted = pax === undefined ? block : Math.ceil(pax / block) * block;
        const part = rest.subarray(0, wanted - held.length);
        rest = rest.subarray(part.length);
        held = held.length === 0 ? part : Buffer.concat([held, part]);
        if (held.length < wanted) {
          // The caller may use its memory again.
          held = Buffer.from(held);
          continue;
        }
        const whole = held;
        held = Buffer.alloc(0);
        if (pax === undefined) entry(whole);
        else {
          size = paxSize(whole.subarray(0, pax));
          pax = undefined;
        }
      }
    },
    end() {
      if (!ended) throw fault('end of the archive', undefined, 'a block of zeros');
    },
  };
}
