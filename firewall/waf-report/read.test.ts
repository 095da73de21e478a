import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { packed, record } from '../records.testing.ts';
import { lineSplitter } from './lines.ts';
import { bounds, reader } from './read.ts';
import { tally } from './tally.ts';

const read = async (files: Record<string, Readable | Buffer>, limits = bounds, isLate = () => false) => {
  const one = reader(isLate, limits);
  for (const [name, file] of Object.entries(files))
    await one.file(name, Buffer.isBuffer(file) ? Readable.from([file]) : file);
  return one.result();
};

test('requests are grouped by action, rule, country and network', async () => {
  const lines = [
    record(),
    record({ ip: '203.0.113.99' }),
    record({ country: 'US' }),
    record({ ip: '198.51.100.1', uri: '/.env' }),
  ];
  const allowed = record({ action: 'ALLOW', inside: '' });
  expect(await read({ a: packed([...lines, allowed]), b: packed([record()]) })).toEqual({
    records: 6,
    actions: [['BLOCK', 5]],
    groups: [
      { action: 'BLOCK', rule: 'SQLi_BODY', country: 'KR', block: '203.0.113.0/24', count: 3 },
      { action: 'BLOCK', rule: 'SQLi_BODY', country: 'KR', block: '198.51.100.0/24', count: 1 },
      { action: 'BLOCK', rule: 'SQLi_BODY', country: 'US', block: '203.0.113.0/24', count: 1 },
    ],
    others: 0,
    paths: [
      ['/booking/shows', 4],
      ['/.env', 1],
    ],
    notes: [],
  });
});

test('a truncated or invalid file is reported with what was read of the others', async () => {
  // Random paths, so that the half that is there holds whole lines.
  const many = packed(Array.from({ length: 5000 }, (_, at) => record({ ip: `10.${at % 256}.${(at * 7) % 256}.1` })));
  const found = await read({
    cut: many.subarray(0, many.length / 2),
    text: Buffer.from(record()),
    whole: packed([record()]),
  });
  expect(found.records).toBeGreaterThan(1000);
  expect(found.records).toBeLessThan(5001);
  expect(found.notes.slice(0, 2)).toEqual([
    expect.stringMatching(/^cut is broken: .*unexpected end of file$/),
    expect.stringMatching(/^text is broken: .*incorrect header check$/),
  ]);
});

test('gzip in gzip is reported, and not counted as lines', async () => {
  const { records, notes } = await read({ twice: gzipSync(packed([record()])) });
  expect({ records, notes }).toEqual({
    records: 0,
    notes: ['twice is gzip in gzip: the delivery packs what is packed'],
  });
});

test('lines that are no records are counted, and a line beyond the bound is not held', async () => {
  const { records, notes } = await read({ a: packed(['', '{}', 'x'.repeat(bounds.lineBytes + 1), record(), 'null']) });
  expect({ records, notes }).toEqual({ records: 1, notes: ['3 lines are no records'] });
});

test('a file that unpacks to more than the bound is read as far as that', async () => {
  const bomb = createGzip();
  const line = Buffer.from(`${record()}\n`);
  Readable.from(
    (function* () {
      for (let at = 0; at < 20_000; at += 1) yield line;
    })(),
  ).pipe(bomb);
  const { records, notes } = await read({ bomb }, { ...bounds, windowBytes: 1024 * 1024 });
  expect(records).toBeLessThan(3000);
  expect(notes).toEqual([expect.stringMatching(/^the records are more than a report reads: [\d,]+ were read$/)]);
});

test('when time is up, what was read is reported', async () => {
  let asked = 0;
  const lines = Array.from({ length: 20_000 }, () => record());
  const { records, notes } = await read({ a: packed(lines) }, bounds, () => {
    asked += 1;
    return asked > 2;
  });
  expect(records).toBeGreaterThan(0);
  expect(records).toBeLessThan(20_000);
  expect(notes).toHaveLength(1);
});

test('an error of the source is none of the file', async () => {
  const source = new Readable({ read() {} });
  source.push(packed([record()]).subarray(0, 10));
  setImmediate(() => source.destroy(new Error('connection reset')));
  await expect(read({ a: source })).rejects.toThrow('connection reset');
});

test('however many networks there are, memory is bounded and the greatest stay', () => {
  const counts = tally(100);
  for (let at = 0; at < 50_000; at += 1) {
    counts.add(`rare-${at}`);
    if (at % 10 === 0) counts.add('often');
  }
  const { top, others } = counts.top(5);
  expect(top[0]).toEqual(['often', 5000]);
  expect(top.reduce((sum, [, count]) => sum + count, others)).toBe(55_000);
});

test('up to twice as many keys as allowed are held, then the rarest go, and the others are named in one order', () => {
  const counts = tally(2);
  for (const key of ['d', 'c', 'c', 'b', 'a', 'a']) counts.add(key);
  const all = [
    ['a', 2],
    ['c', 2],
    ['b', 1],
    ['d', 1],
  ];
  expect(counts.top(9)).toEqual({ top: all, others: 0 });
  expect(counts.top(3)).toEqual({ top: all.slice(0, 3), others: 1 });
  counts.add('e');
  expect(counts.top(9)).toEqual({ top: all.slice(0, 2), others: 3 });
});

test('a line may be as long as the bound, and one byte more is skipped, once, up to its end', () => {
  for (const size of [1, 3, 100]) {
    const lines: string[] = [];
    const splitter = lineSplitter(
      4,
      (line) => lines.push(line),
      () => lines.push('too long'),
    );
    const bytes = Buffer.from('1234\n12345\n\n1234567890\n12\n12345');
    for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
    splitter.end();
    expect(lines).toEqual(['1234', 'too long', 'too long', '12', 'too long']);
  }
});

test('files are read until the bound of all of them together is passed', async () => {
  const lines = [record()];
  const size = Buffer.byteLength(`${lines[0]}\n`);
  const one = reader(() => false, { ...bounds, windowBytes: 2 * size });
  const full: boolean[] = [];
  for (const name of ['a', 'b', 'c']) {
    await one.file(name, Readable.from([packed(lines)]));
    full.push(one.isFull());
  }
  expect(full).toEqual([false, false, true]);
  one.note('and so on');
  expect(one.result()).toMatchObject({
    records: 3,
    notes: ['the records are more than a report reads: 3 were read', 'and so on'],
  });
});

test('a last line without an end is read, and a file that is not read to its end is closed', async () => {
  expect((await read({ a: gzipSync(`${record()}\n${record()}`) })).records).toBe(2);
  const source = new Readable({ read() {} });
  source.push(gzipSync(packed([record()])));
  await read({ twice: source });
  expect(source.destroyed).toBe(true);
});

test('ten actions, three paths and as many groups as are shown', async () => {
  const lines = Array.from({ length: 12 }, (_, at) =>
    record({ action: `A${at}`, uri: ['/booking', '/ticket', '/live', '/admin'][at % 4] as string }),
  );
  const { actions, paths, groups, others } = await read({ a: packed(lines) }, { ...bounds, shown: 4 });
  expect([actions.length, paths.length, groups.length, others]).toEqual([10, 3, 4, 8]);
});

test('lines are the same however their bytes are cut', () => {
  const text = `${record()}\n\n${record({ country: '日本' })}\nlast 한`;
  const whole = text.split('\n').filter(Boolean);
  for (const size of [1, 2, 3, 7, 64, 10_000]) {
    const lines: string[] = [];
    const splitter = lineSplitter(
      10_000,
      (line) => lines.push(line),
      () => lines.push('too long'),
    );
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
    splitter.end();
    expect(lines).toEqual(whole);
  }
});
