import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { Event } from '../../alerts/event.ts';
import { windowTimes } from '../lambdas.ts';
import { bucket, changedAlarm, created, fileKey, folder, packed, record } from '../records.testing.ts';
import type { Ports } from './ports.ts';
import { report } from './report.ts';

const config = { bucket, ...windowTimes };

/** S3, the table, Slack and a clock, in memory. */
function model(files: Record<string, Buffer>, at = '2026-11-30T14:10:10Z') {
  let now = Date.parse(at);
  const items = new Map<string, { owner: string; until: number; files?: readonly string[] }>();
  const notified: Event[] = [];
  const faults: Partial<Record<'notify' | 'read', number>> = {};
  const fails = (what: 'notify' | 'read') => {
    const left = faults[what] ?? 0;
    faults[what] = left - 1;
    if (left > 0) throw new Error(`${what} failed`);
  };
  const waited: number[] = [];
  let whileWaiting = () => {};
  const ports: Ports = {
    now: () => new Date(now),
    async sleep(milliseconds) {
      waited.push(milliseconds);
      now += milliseconds;
      whileWaiting();
    },
    list: async (prefix, most) =>
      Object.keys(files)
        .filter((key) => key.startsWith(prefix))
        .slice(0, most),
    async read(key) {
      fails('read');
      return files[key] && Readable.from([files[key]]);
    },
    async claim(id, owner, until) {
      const item = items.get(id);
      if (item && (item.files || (item.owner !== owner && item.until >= now))) return { won: false, files: item.files };
      items.set(id, { owner, until: until.getTime() });
      return { won: true };
    },
    async markReported(id, owner, files) {
      items.set(id, { owner, until: 0, files });
    },
    async notify(event) {
      fails('notify');
      notified.push(event);
    },
  };
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const onWait = (does: () => void) => {
    whileWaiting = does;
  };
  return { ports, notified, waited, files, faults, items, pass, onWait };
}
const one = () => model({ [fileKey()]: packed([record(), record(), record({ country: 'US' })]) });

test('a file of the firewall becomes one message, with the whole window', async () => {
  const { ports, notified, waited, files } = one();
  files[fileKey('2')] = packed([record({ country: 'JP' })]);
  expect(await report(created(), 'r1', ports, config)).toEqual({ sent: folder });
  // The window ended 10 s ago, and its last file may take until its grace is over.
  expect(waited).toEqual([35_000]);
  expect(notified).toEqual([
    {
      kind: 'firewall',
      firewall: 'tickets',
      from: new Date('2026-11-30T14:05:00Z'),
      to: new Date('2026-11-30T14:10:00Z'),
      actions: [['BLOCK', 4]],
      groups: ['KR', 'JP', 'US'].map((country, at) => ({
        ...{ action: 'BLOCK', rule: 'SQLi_BODY', country, block: '203.0.113.0/24' },
        count: at === 0 ? 2 : 1,
      })),
      others: 0,
      paths: [['/booking/shows', 4]],
      notes: [],
      subject: `${bucket}/${folder}`,
    },
  ]);
});

test('an event repeated ten times, at once and later, is one message', async () => {
  const { ports, notified, pass } = one();
  await Promise.all(Array.from({ length: 5 }, (_, at) => report(created(), `r${at}`, ports, config)));
  pass(3600);
  for (let at = 5; at < 10; at += 1)
    expect(await report(created(), `r${at}`, ports, config)).toEqual({ skipped: `${folder} was reported` });
  expect(notified).toHaveLength(1);
});

test('the events of all files of a window are one message, whichever comes first', async () => {
  const { ports, notified, files } = one();
  files[fileKey('2')] = packed([record()]);
  for (const name of ['2', '1', '2', '1']) await report(created(fileKey(name)), `r${name}`, ports, config);
  expect(notified).toHaveLength(1);
  expect(notified[0]).toMatchObject({ actions: [['BLOCK', 4]] });
});

test('a file that came after its window was reported has a message of its own, once', async () => {
  const { ports, notified, files } = one();
  await report(created(), 'r1', ports, config);
  files[fileKey('late')] = packed([record()]);
  const answers: unknown[] = [];
  for (const owner of ['r2', 'r2', 'r3']) answers.push(await report(created(fileKey('late')), owner, ports, config));
  const key = fileKey('late');
  expect(answers).toEqual([{ sent: key }, { skipped: `${key} was reported` }, { skipped: `${key} was reported` }]);
  expect(notified).toHaveLength(2);
  expect(notified[1]).toMatchObject({ actions: [['BLOCK', 1]], notes: ['these records came late'] });
});

test('a try that failed is made again by the same invocation, and by another one only when its time is up', async () => {
  const { ports, notified, faults, pass } = one();
  faults.notify = 1;
  await expect(report(created(), 'r1', ports, config)).rejects.toThrow('notify failed');
  // Whoever was at it may have listed the folder before this file was there.
  await expect(report(created(), 'r2', ports, config)).rejects.toMatchObject({ name: 'NotYet' });
  faults.read = 1;
  await expect(report(created(), 'r1', ports, config)).rejects.toThrow('read failed');
  pass(config.timeoutSeconds + 1);
  expect(await report(created(), 'r3', ports, config)).toEqual({ sent: folder });
  expect(notified).toHaveLength(1);
});

/** A window that `r1` is at for ten minutes, without the file that came meanwhile. */
function slow() {
  const found = model({ [fileKey()]: packed([record()]), [fileKey('2')]: packed([record()]) }, '2026-11-30T14:12:00Z');
  found.items.set(folder, { owner: 'r1', until: Date.parse('2026-11-30T14:20:00Z') });
  return found;
}

test('a file that came while somebody read its window for minutes is reported, and not dropped', async () => {
  const { ports, notified, items, waited, onWait } = slow();
  onWait(() => {
    if (waited.length === 20) items.set(folder, { owner: 'r1', until: 0, files: [fileKey()] });
  });
  expect(await report(created(fileKey('2')), 'r2', ports, config)).toEqual({ sent: fileKey('2') });
  expect(notified).toMatchObject([{ actions: [['BLOCK', 1]], notes: ['these records came late'] }]);
});

test('a window whose reader died is reported in the three tries of the event that came after it', async () => {
  const { ports, notified, pass } = slow();
  let answer: unknown;
  for (const pause of [0, 60, 120]) {
    pass(pause);
    answer = await report(created(fileKey('2')), 'r2', ports, config).catch((error) => error.name);
    if (answer !== 'NotYet') break;
  }
  expect(answer).toEqual({ sent: folder });
  expect(notified).toMatchObject([{ actions: [['BLOCK', 2]], notes: [] }]);
});

test('what another invocation has claimed is not reported yet: a late file, and an alarm', async () => {
  const late = slow();
  late.items.set(folder, { owner: 'r1', until: 0, files: [fileKey()] });
  late.items.set(fileKey('2'), { owner: 'r1', until: Date.parse('2026-11-30T14:40:00Z') });
  await expect(report(created(fileKey('2')), 'r2', late.ports, config)).rejects.toMatchObject({ name: 'NotYet' });
  const alarm = one();
  alarm.faults.notify = 1;
  await expect(report(changedAlarm(), 'r1', alarm.ports, config)).rejects.toThrow('notify failed');
  await expect(report(changedAlarm(), 'r2', alarm.ports, config)).rejects.toMatchObject({ name: 'NotYet' });
  expect(await report(changedAlarm(), 'r1', alarm.ports, config)).toMatchObject({ sent: expect.anything() });
  expect(alarm.notified).toHaveLength(1);
});

test('a file that is gone keeps none of the others away', async () => {
  const { ports, notified } = one();
  expect(await report(created(fileKey('gone')), 'r1', ports, config)).toEqual({ sent: folder });
  expect(notified).toMatchObject([
    { actions: [['BLOCK', 3]], notes: [expect.stringMatching(/_gone\.log\.gz is there no more$/)] },
  ]);
});

test('a window of more files than a report reads is one message, and not one for each of the others', async () => {
  const { ports, notified, files } = model({});
  for (let at = 0; at < 150; at += 1) files[fileKey(`${1000 + at}`)] = packed([record()]);
  for (let at = 0; at < 150; at += 1) await report(created(fileKey(`${1000 + at}`)), `r${at}`, ports, config);
  expect(notified).toMatchObject([{ actions: [['BLOCK', 100]], notes: ['there are more than 100 files'] }]);
});

test('while the window is open, whoever is at it finds every file of it', async () => {
  const { ports, items } = model({ [fileKey()]: packed([record()]) }, '2026-11-30T14:07:00Z');
  items.set(folder, { owner: 'r1', until: Date.parse('2026-11-30T14:17:00Z') });
  expect(await report(created(fileKey('2')), 'r2', ports, config)).toEqual({ skipped: `${folder} is being reported` });
});

test('nothing that matched is no message, and broken records are one', async () => {
  const quiet = model({ [fileKey()]: packed([record({ action: 'ALLOW', inside: '' })]) });
  expect(await report(created(), 'r1', quiet.ports, config)).toEqual({
    skipped: `${folder}: nothing matched in 1 records`,
  });
  const broken = model({ [fileKey()]: Buffer.from('no gzip') });
  await report(created(), 'r1', broken.ports, config);
  expect([quiet.notified.length, broken.notified.length]).toEqual([0, 1]);
});

test('a window that ended long ago is reported at once', async () => {
  const { ports, notified, waited } = model({ [fileKey()]: packed([record()]) }, '2026-11-30T15:00:00Z');
  await report(created(), 'r1', ports, config);
  expect([waited, notified.length]).toEqual([[], 1]);
});

test('a window in a future that cannot be is not waited for', async () => {
  const { ports, waited } = model({ [fileKey()]: packed([record()]) }, '2025-01-01T00:00:00Z');
  await report(created(), 'r1', ports, config);
  expect(waited).toEqual([345_000]);
});

test('a hundred files are read, and one more is named', async () => {
  for (const count of [100, 101]) {
    const { ports, notified, files } = model({});
    for (let at = 0; at < count; at += 1) files[fileKey(`${1000 + at}`)] = packed([record()]);
    await report(created(fileKey('1000')), 'r1', ports, config);
    expect(notified).toMatchObject([
      { actions: [['BLOCK', 100]], notes: count === 100 ? [] : ['there are more than 100 files'] },
    ]);
  }
});

test('what takes too long is reported in time, with the files that were read', async () => {
  const { ports, notified, files, pass } = one();
  for (const name of ['2', '3']) files[fileKey(name)] = packed([record()]);
  const { read } = ports;
  // 35 s for the end of the window, and 40 are kept for the message.
  ports.read = async (key) => {
    pass(key === fileKey('1') ? 525 : 1);
    return read(key);
  };
  await report(created(), 'r1', ports, config);
  expect(notified).toMatchObject([
    {
      actions: [['BLOCK', 4]],
      notes: ['the records are more than a report reads: 4 were read', 'not every file was read'],
    },
  ]);
});

test('another bucket, another key and another event are refused', async () => {
  const { ports, notified } = one();
  const cases: [unknown, string][] = [
    [created(fileKey(), 'other'), 'bucket: given other, allowed aws-waf-logs-tickets-111122223333'],
    [created('AWSLogs/x.log.gz'), "key: given AWSLogs/x.log.gz, allowed a file of the firewall's records"],
    [{ source: 'aws.s3' }, 'event: given neither a new object nor an alarm'],
    [null, 'event: given neither a new object nor an alarm'],
    [{ ...created(), 'detail-type': 'Object Deleted' }, 'event: given neither a new object nor an alarm'],
    [{ ...created(), source: 'x' }, 'event: given neither a new object nor an alarm'],
    [{ ...changedAlarm(), source: 'x' }, 'event: given neither a new object nor an alarm'],
    [{ source: 'aws.cloudwatch' }, 'event: given neither a new object nor an alarm'],
    ...[{}, { alarmName: 'a', state: { value: 'ALARM' } }, { state: { value: 'ALARM', timestamp: 't' } }].map(
      (alarmData): [unknown, string] => [{ source: 'aws.cloudwatch', alarmData }, 'alarm: given no name or no time'],
    ),
  ];
  for (const [event, why] of cases)
    await expect(report(event, 'r1', ports, config)).rejects.toMatchObject({ name: 'Refused', message: why });
  expect(notified).toEqual([]);
});

test('an alarm is one message when it is raised, and one when it is over', async () => {
  const { ports, notified } = one();
  for (const owner of ['r1', 'r1', 'r2']) await report(changedAlarm(), owner, ports, config);
  expect(notified).toEqual([
    {
      ...{ kind: 'firewall alarm', result: 'raised', firewall: 'tickets', subject: 'waf-blocked' },
      reason: 'Threshold Crossed: 1 datapoint [812.0] was greater than the threshold (300.0).',
      at: new Date('2026-11-30T14:10:10Z'),
    },
  ]);
  expect(await report(changedAlarm('OK', 'INSUFFICIENT_DATA', 'a'), 'r3', ports, config)).toEqual({
    skipped: 'waf-blocked: OK',
  });
  await report(changedAlarm('OK', 'ALARM', 'b'), 'r4', ports, config);
  expect(
    notified.map((event) => [event.kind, 'result' in event && event.result, 'firewall' in event && event.firewall]),
  ).toEqual([
    ['firewall alarm', 'raised', 'tickets'],
    ['firewall alarm', 'over', 'tickets'],
  ]);
});

test('an alarm of something else than a web ACL goes by its own name, and again at another time', async () => {
  const { ports, notified } = one();
  const { alarmData, ...event } = changedAlarm() as { alarmData: object };
  for (const configuration of [undefined, {}, { metrics: [] }, { metrics: [{ metricStat: { metric: 7 } }] }]) {
    const state = { value: 'ALARM', timestamp: `${notified.length}` };
    await report({ ...event, alarmData: { ...alarmData, state, configuration } }, 'r1', ports, config);
  }
  expect(notified).toEqual(Array(4).fill(expect.objectContaining({ firewall: 'waf-blocked', reason: '' })));
});
