import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { windowOf } from '../../firewall/waf-report/window.ts';
import { delivery, minuteKey } from './deliver.ts';
import { reportedFile } from './reported.ts';

const five =
  'AWSLogs/000000000000/WAFLogs/cloudfront/tickets/2026/11/30/14/05/000000000000_waflogs_cloudfront_tickets_20261130T1405Z_a.log.gz';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firewall-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const leave = (key: string) => {
  mkdirSync(join(folder, dirname(key)), { recursive: true });
  writeFileSync(join(folder, key), 'records');
  const at = new Date('2026-11-30T14:07:31Z');
  utimesSync(join(folder, key), at, at);
};

test('the folder of five minutes becomes that of the minute, which the function reads as a window', () => {
  const key = minuteKey(five, new Date('2026-11-30T14:07:31Z'));
  expect(key).toContain('/tickets/2026/11/30/14/07/000000000000_');
  expect(windowOf(key, 60)).toMatchObject({
    from: new Date('2026-11-30T14:07:00Z'),
    to: new Date('2026-11-30T14:08:00Z'),
  });
});

/** S3, the function and a clock, in memory. */
function model(fails: number[] = [], at = '2026-11-30T14:07:40Z') {
  const objects = new Map<string, string>();
  const events: object[] = [];
  const ids: string[] = [];
  const waited: number[] = [];
  const lines: string[] = [];
  const to = delivery({
    ...{ folder, bucket: 'b', now: () => Date.parse(at) },
    put: async (key, body) => void objects.set(key, `${body}`),
    under: async () =>
      [...objects.keys()].map((key) => ({ key, etag: '', size: 1, modified: Date.parse('2026-11-30T14:07:35Z') })),
    async invoke(event, id) {
      ids.push(id);
      events.push(event);
      if (fails.includes(ids.length)) throw new Error('slack is away');
      return { sent: 'x' };
    },
    sleep: async (milliseconds) => void waited.push(milliseconds),
    log: (_, message) => void lines.push(message),
  });
  return { to, objects, events, ids, waited, lines };
}

test('a whole file goes to S3 and starts the function; one that is still written does not', async () => {
  leave(five);
  leave(five.replace('000000000000_', '.000000000000_'));
  const { to, objects, events } = model();
  await Promise.all(await to.pass());
  const key = minuteKey(five, new Date('2026-11-30T14:07:31Z'));
  expect([...objects]).toEqual([[key, 'records']]);
  expect(events).toEqual([
    { source: 'aws.s3', 'detail-type': 'Object Created', detail: { bucket: { name: 'b' }, object: { key } } },
  ]);
  expect(await to.pass()).toEqual([]);
  expect(readdirSync(join(folder, dirname(five)))).toHaveLength(1);
});

/** Beside a file of its own, what whoever took the firewall over could leave for a program that runs as root. */
const traps: [string, (file: string, secret: string) => void][] = [
  ['a symbolic link', (file, secret) => symlinkSync(secret, file)],
  ['a hard link', (file, secret) => linkSync(secret, file)],
  ['a fifo, on which who opens it waits', (file) => void execFileSync('mkfifo', [file])],
  ['a folder of that name', (file) => mkdirSync(file)],
];
test.each(traps)('%s is left where it is, and what it leads to', async (_, leave) => {
  const [elsewhere, other] = [mkdtempSync(join(tmpdir(), 'secret-')), five.replace('_a.log.gz', '_b.log.gz')];
  const secret = join(elsewhere, 'secret.log.gz');
  writeFileSync(secret, 'secret');
  mkdirSync(join(folder, dirname(five)), { recursive: true });
  leave(join(folder, five), secret);
  writeFileSync(join(folder, other), 'records');
  const { to, objects } = model();
  await Promise.all(await to.pass());
  expect([...objects.values()]).toEqual(['records']);
  expect(existsSync(secret)).toBe(true);
  rmSync(elsewhere, { recursive: true });
});

test('a symbolic link in place of a folder, and one to the folder above, are not followed', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'secret-'));
  const secret = join(elsewhere, five.slice(five.lastIndexOf('/') + 1));
  writeFileSync(secret, 'secret');
  mkdirSync(join(folder, dirname(dirname(five))), { recursive: true });
  symlinkSync(elsewhere, join(folder, dirname(five)));
  symlinkSync('..', join(folder, 'AWSLogs', 'loop'));
  const { to, objects } = model();
  await Promise.all(await to.pass());
  expect([...objects]).toEqual([]);
  expect(existsSync(secret)).toBe(true);
  rmSync(elsewhere, { recursive: true });
});

test('a file beyond any of the firewall is not read into memory', async () => {
  leave(five);
  truncateSync(join(folder, five), 129 * 1024 ** 2);
  const { to, objects, lines } = model();
  await Promise.all(await to.pass());
  expect([objects.size, lines]).toEqual([0, ['not uploaded']]);
});

test('a try that fails is made again as by Lambda, with the same id, and what fails three times is a dead letter', async () => {
  leave(five);
  const once = model([1]);
  await Promise.all(await once.to.pass());
  expect([new Set(once.ids).size, once.waited, once.lines]).toEqual([
    1,
    [0, 60_000],
    ['report is tried again', 'report'],
  ]);
  leave(five);
  const never = model([1, 2, 3]);
  await Promise.all(await never.to.pass());
  expect([never.waited, never.lines.at(-1)]).toEqual([[0, 60_000, 120_000], 'dead letter']);
});

test('a program that begins again starts the function for what came last', async () => {
  const { to, objects, events } = model();
  objects.set('AWSLogs/a.log.gz', '');
  await Promise.all(await to.again());
  expect(events).toHaveLength(1);
});

test('a report that the program ended under is gone on with when it begins again, and by one alone', async () => {
  const key = minuteKey(five, new Date('2026-11-30T14:07:31Z'));
  const claims = reportedFile(join(folder, 'told.json'), () => Date.parse('2026-11-30T14:07:40Z'));
  const { to, objects, ids } = model();
  objects.set(key, 'records');
  await Promise.all(await to.again());
  const [before] = ids;
  await claims.claim('window', before as string, new Date('2026-11-30T14:12:00Z'));
  const next = model([], '2026-11-30T14:07:45Z');
  next.objects.set(key, 'records');
  leave(five);
  await Promise.all([...(await next.to.again()), ...(await next.to.pass())]);
  expect(next.ids).toHaveLength(1);
  expect(await claims.claim('window', next.ids[0] as string, new Date())).toEqual({ won: true });
});

test('what was notified is remembered across a restart, and taken on by one at a time', async () => {
  let now = 1000;
  const file = join(folder, 'told.json');
  const until = new Date(2000);
  const one = reportedFile(file, () => now);
  expect(await one.claim('w', 'a', until)).toEqual({ won: true });
  expect(await one.claim('w', 'b', until)).toEqual({ won: false, files: undefined });
  expect(await one.claim('w', 'a', until)).toEqual({ won: true });
  now = 2001;
  expect(await one.claim('w', 'b', new Date(3000))).toEqual({ won: true });
  await expect(one.markReported('w', 'a', [])).rejects.toThrow('somebody else took it on');
  await one.markReported('w', 'b', ['f']);
  expect(await reportedFile(file, () => now).claim('w', 'c', until)).toEqual({ won: false, files: ['f'] });
});
