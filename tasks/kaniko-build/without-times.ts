/*
 * Own code, because every byte but the times has to stay. The package tar-stream decodes the values of a pax header as UTF-8, which breaks
 * file capabilities (`setcap`), and writes headers of its own.
 */
const block = 512;
/** Bytes. A pax header is read as a whole; Go's archive/tar, which kaniko uses, has the same limit. */
const paxLimit = 2 ** 20;
/** Files, links, devices, folders, pipes, pax headers and GNU's long names. GNU's old sparse files (S) have blocks beyond their size. */
const known = '\x0001234567xLK';
const octal = (field: Buffer) => Number.parseInt(field.toString('latin1').replaceAll('\0', ' ').trim() || '0', 8);

/** A pax header without times; `size` is the size of the next entry, if the header has it. */
function paxWithoutTimes(records: Buffer): { records: Buffer; size?: number } {
  const kept: Buffer[] = [];
  let size: number | undefined;
  for (let at = 0; at < records.length; ) {
    // "<length of all of it> <key>=<value>\n", where the value may be any bytes.
    const length = Number.parseInt(records.subarray(at, at + 20).toString('latin1'), 10);
    if (!(length > 0) || at + length > records.length) throw new Error('a layer has a pax header that cannot be read');
    const record = records.subarray(at, at + length);
    const [, key, value] = record.toString('latin1').match(/^\d+ ([^=]+)=(.*)\n$/s) ?? [];
    if (key === undefined) throw new Error('a layer has a pax header that cannot be read');
    if (key === 'size') size = Number(value);
    if (!['mtime', 'atime', 'ctime'].includes(key)) kept.push(record);
    at += length;
  }
  return { records: Buffer.concat(kept), ...(size === undefined ? {} : { size }) };
}

/** Sets the time, the size and the checksum of a tar header. */
function rewriteHeader(header: Buffer, size?: number): void {
  header.write('00000000000\0', 136, 'latin1');
  if (size !== undefined) header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

/**
 * The same tar archive with the times of all entries at the epoch; every other byte stays. Throws if the archive is truncated or has
 * something that it cannot read.
 */
export async function* withoutTimes(tar: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = tar[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer> => {
    const { value, done } = await input.next();
    if (done) throw new Error('a layer ends in the middle');
    return value;
  };
  const take = async (size: number): Promise<Buffer> => {
    while (rest.length < size) rest = Buffer.concat([rest, await more()]);
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  };
  let paxSize: number | undefined;
  for (;;) {
    const header = Buffer.from(await take(block));
    if (header.every((byte) => byte === 0)) {
      yield header;
      break;
    }
    const type = String.fromCharCode(header[156] as number);
    // Above 8 GiB, a pax header has the size.
    const size = paxSize ?? octal(header.subarray(124, 136));
    if (!Number.isSafeInteger(size) || size < 0) throw new Error('a layer has an entry whose size cannot be read');
    if (!known.includes(type))
      throw new Error(`a layer has a header of type ${JSON.stringify(type)}, which is not known here`);
    const padded = Math.ceil(size / block) * block;
    // GNU's long names behind a pax header: no builder here writes both.
    if (paxSize !== undefined && 'xLK'.includes(type))
      throw new Error(`a layer has a header of type ${JSON.stringify(type)}, which is not known here`);
    paxSize = undefined;
    if (type === 'x') {
      if (size > paxLimit) throw new Error(`a layer has a pax header of ${size} bytes, allowed ${paxLimit}`);
      const pax = paxWithoutTimes((await take(padded)).subarray(0, size));
      paxSize = pax.size;
      if (pax.records.length === 0) continue;
      rewriteHeader(header, pax.records.length);
      yield header;
      yield pax.records;
      yield Buffer.alloc(Math.ceil(pax.records.length / block) * block - pax.records.length);
      continue;
    }
    rewriteHeader(header);
    yield header;
    for (let left = padded; left > 0; ) {
      if (rest.length === 0) rest = await more();
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
  yield rest;
  for (let next = await input.next(); !next.done; next = await input.next()) yield next.value;
}
