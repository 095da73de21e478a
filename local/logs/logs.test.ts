import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { changed, fuzz, fuzzMs } from '../../lib/fuzz.testing.ts';
import { containerOf, type Line, linesOf } from './cri.ts';
import { found, isOf, isRequestId, linesOfRequest, shown } from './find.ts';
import { bounds, keyAt, pass } from './ship.ts';

const uid = '0f8fad5b-d9cb-469f-a165-70867728950e';
const at = (second: number) => `2026-11-30T14:00:${String(second).padStart(2, '0')}.123456789Z`;
const line = (second: number, text: string, stream = 'stdout', kind = 'F') =>
  `${at(second)} ${stream} ${kind} ${text}\n`;

describe('files of the kubelet', () => {
  test.each([
    [
      `prod_booking-7d9-x2_${uid}/booking/0.log`,
      { namespace_name: 'prod', pod_name: 'booking-7d9-x2', container_name: 'booking' },
    ],
    [
      `ci_a.b_${uid}/step-unit-test/3.log.20261130-140000`,
      { namespace_name: 'ci', pod_name: 'a.b', container_name: 'step-unit-test' },
    ],
    [`prod_booking_${uid}/booking/0.log.20261130-140000.gz`, undefined],
    [`prod_booking_${uid}/../0.log`, undefined],
    ['prod_booking/booking/0.log', undefined],
  ])('%s', (path, container) => expect(containerOf(path)).toEqual(container));

  test('parts of a line become one, of each stream by itself', () => {
    const text =
      line(1, 'a', 'stdout', 'P') +
      line(2, 'x', 'stderr', 'P') +
      line(3, 'b') +
      line(4, 'y', 'stderr') +
      line(5, 'c', 'stdout', 'P');
    const { entries, read } = linesOf(Buffer.from(text), 1000);
    expect(entries).toEqual([
      { time: at(3), stream: 'stdout', log: 'ab' },
      { time: at(4), stream: 'stderr', log: 'xy' },
    ]);
    // The last line has no end yet.
    expect(read).toBe(text.length - line(5, 'c', 'stdout', 'P').length);
  });

  test('a part that stays open for long holds up nothing once there is no room for more', () => {
    const text = line(1, 'open', 'stdout', 'P') + line(2, 'a', 'stderr') + line(3, 'b', 'stderr');
    expect(linesOf(Buffer.from(text), 1000)).toEqual({ entries: [], read: 0 });
    const { entries, read } = linesOf(Buffer.from(`${text}2026`), 1000, true);
    expect(entries.map(({ log }) => log)).toEqual(['a', 'b']);
    expect(read).toBe(text.length);
  });

  test('what is no line of a runtime is left out, and a line beyond the bound is cut', () => {
    const text = `garbage\n${line(1, 'a')}\u0000\n${line(2, 'x'.repeat(90), 'stdout', 'P')}${line(3, 'y')}`;
    const { entries, read } = linesOf(Buffer.from(text), 50);
    expect(entries.map(({ log }) => log)).toEqual(['a', 'x'.repeat(90), 'y']);
    expect(read).toBe(Buffer.byteLength(text));
  });

  test(
    'however bytes are changed, lines are read to an end, and each once',
    async () => {
      const good = Buffer.from(
        Array.from({ length: 9 }, (_, n) => line(n, `한 ${n}`, 'stdout', n % 3 === 1 ? 'P' : 'F')).join(''),
      );
      const { passed } = await fuzz(
        3,
        (random) => changed(good, random, ['\n', ' P ', ' F ', 'stderr']),
        (bytes) => {
          const once = linesOf(bytes, 1000);
          expect(once.read).toBeLessThanOrEqual(bytes.length);
          const before = linesOf(bytes.subarray(0, once.read), 1000);
          expect(before).toEqual({ entries: once.entries, read: once.read });
          return true;
        },
      );
      expect(passed).toBeGreaterThan(0);
    },
    fuzzMs,
  );
});

describe('a pass', () => {
  let folder: string;
  let objects: Map<string, Line[]>;
  let fails: boolean;
  const log = () => join(folder, 'pods', `prod_booking-1_${uid}`, 'booking');
  const run = (limits = bounds) =>
    pass(
      {
        folder: join(folder, 'pods'),
        positions: join(folder, 'positions'),
        host: 'seoul',
        now: () => new Date('2026-11-30T14:00:09Z'),
        async put(key, body) {
          if (fails) throw new Error('s3 is away');
          const lines = gunzipSync(body).toString('utf8').trimEnd().split('\n');
          objects.set(
            key,
            lines.map((one) => JSON.parse(one)),
          );
        },
      },
      limits,
    );
  const logs = () => [...objects.values()].flat().map((one) => one.log);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ship-'));
    objects = new Map();
    fails = false;
    mkdirSync(log(), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('ships what is new, by the key and in the shape of AWS', async () => {
    writeFileSync(join(log(), '0.log'), line(1, '{"request":"r-1"}'));
    expect(await run()).toBe(false);
    appendFileSync(join(log(), '0.log'), line(2, 'two'));
    await run();
    await run();
    expect(logs()).toEqual(['{"request":"r-1"}', 'two']);
    const [[key, [first]]] = objects as never as [[string, Line[]]];
    expect(key).toMatch(
      /^eks\/application\/year=2026\/month=11\/day=30\/eks-application-1-2026-11-30-14-00-09-[0-9a-f]{12}\.json\.gz$/,
    );
    expect(first).toEqual({
      ...{ time: at(1), stream: 'stdout', log: '{"request":"r-1"}', host: 'seoul' },
      kubernetes: { namespace_name: 'prod', pod_name: 'booking-1', container_name: 'booking' },
    });
  });

  test('a log that the kubelet rotated goes on where it was, and the new one begins', async () => {
    writeFileSync(join(log(), '0.log'), line(1, 'one'));
    await run();
    appendFileSync(join(log(), '0.log'), line(2, 'two'));
    renameSync(join(log(), '0.log'), join(log(), '0.log.20261130-140003'));
    writeFileSync(join(log(), '0.log'), line(3, 'three'));
    await run();
    expect(logs()).toEqual(['one', 'three', 'two']);
  });

  test('what could not be put is read again, and is not lost', async () => {
    writeFileSync(join(log(), '0.log'), line(1, 'one'));
    fails = true;
    await expect(run()).rejects.toThrow('s3 is away');
    fails = false;
    await run();
    expect(logs()).toEqual(['one']);
  });

  test('much is shipped in several objects, none of which is too large, and every line is there', async () => {
    const lines = Array.from({ length: 400 }, (_, n) => `${n} ${'x'.repeat(50)}`);
    writeFileSync(join(log(), '0.log'), lines.map((text, n) => line(n % 60, text)).join(''));
    const limits = { chunkBytes: 2000, batchBytes: 3000, lineBytes: 1000 };
    while (await run(limits));
    expect(logs()).toEqual(lines);
    expect(objects.size).toBeGreaterThan(10);
  });

  test('a file without an end of a line does not stop the others', async () => {
    writeFileSync(join(log(), '0.log'), 'x'.repeat(5000));
    writeFileSync(join(log(), '1.log'), line(1, 'one'));
    const limits = { chunkBytes: 2000, batchBytes: 3000, lineBytes: 1000 };
    while (await run(limits));
    expect(logs()).toEqual(['one']);
    expect(JSON.parse(readFileSync(join(folder, 'positions'), 'utf8'))).toEqual(expect.any(Object));
  });
});

test('the id stands in a line as a whole', () => {
  const is = isOf('r.1');
  expect(['{"request":"r.1"}', 'r.1', 'id=r.1, next'].every(is)).toBe(true);
  expect(['{"request":"r.12"}', 'xr.1', 'r-1', 'rx1', 'r.1-b'].some(is)).toBe(false);
  for (const bad of ['', 'a b', 'a"b', '../x', 'x'.repeat(65)]) expect([bad, isRequestId(bad)]).toEqual([bad, false]);
});

test('of an object those lines are found whose text has the id, and what a terminal would obey is not shown', async () => {
  const of = (log: string, pod_name = 'booking-1'): Line => ({
    ...{ time: at(1), stream: 'stdout', log, host: 'r-1' },
    kubernetes: { namespace_name: 'prod', pod_name, container_name: 'booking' },
  });
  const body = gzipSync(
    [of('{"request":"r-1"}'), of('other'), of('r-1 \u001b[2J', 'r-1')]
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(''),
  );
  const lines = await found(body, 'r-1');
  expect(lines.map(({ log }) => log)).toEqual(['{"request":"r-1"}', 'r-1 \u001b[2J']);
  expect(lines.map((one) => shown({ ...one, region: 'seoul' }))).toEqual([
    '2026-11-30T14:00:01.123Z seoul prod/booking-1 {"request":"r-1"}',
    '2026-11-30T14:00:01.123Z seoul prod/r-1 r-1  [2J',
  ]);
});

test('many objects are read eight at a time, and their lines are in the order of time, each once', async () => {
  let [under, most] = [0, 0];
  const lineOf = (n: number, log: string): Line => ({
    ...{ time: at(n % 60), stream: 'stdout', log, host: 'seoul' },
    kubernetes: { namespace_name: 'prod', pod_name: 'booking-1', container_name: 'booking' },
  });
  const prefix = 'eks/application/year=2026/month=11/day=30/';
  const server = createServer(async ({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    if (searchParams.has('list-type')) {
      const keys = Array.from({ length: searchParams.get('prefix') === prefix ? 40 : 0 }, (_, n) => `${prefix}${n}`);
      const xml = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
      return void response.end(`<ListBucketResult>${xml}</ListBucketResult>`);
    }
    under += 1;
    most = Math.max(most, under);
    await sleep(5);
    under -= 1;
    const n = Number(pathname.slice(pathname.lastIndexOf('/') + 1));
    if (n === 13) return void response.writeHead(500).end('broken');
    const texts = [lineOf(59 - n, '{"request":"r-1"}'), lineOf(n, 'other'), lineOf(1, 'r-1 twice')];
    response.end(gzipSync(texts.map((one) => JSON.stringify(one)).join('\n')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bucket = { name: 'logs', url, credentials: { user: 'a', password: 'b', awsRegion: 'c' } };
  const gone = { ...bucket, url: 'http://127.0.0.1:1' };
  const seen: string[] = [];
  const { lines, unread } = await linesOfRequest(
    { seoul: bucket, tokyo: gone },
    'r-1',
    2,
    new Date('2026-11-30T15:00:00Z'),
    (read, of) => seen.push(`${read}/${of}`),
  );
  server.closeAllConnections();
  server.close();
  expect(most).toBe(8);
  expect(lines).toHaveLength(40);
  expect(lines.map(({ time }) => time)).toEqual(lines.map(({ time }) => time).sort());
  expect(unread).toEqual([expect.stringContaining('day=30/13: s3: GET'), expect.stringContaining('tokyo: ')]);
  expect(seen.at(-1)).toBe('40/40');
});

test('the key has the day by UTC', () => {
  expect(keyAt(new Date('2026-12-31T23:59:59.9Z'), 'a')).toBe(
    'eks/application/year=2026/month=12/day=31/eks-application-1-2026-12-31-23-59-59-a.json.gz',
  );
});
