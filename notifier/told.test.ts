import { expect, test } from '@jest/globals';
import { type Alert, toldAlerts } from './told.ts';

/** What a ConfigMap holds: core/validation of Kubernetes counts the bytes of keys and values. */
const holds = 1024 * 1024;
const alert = (fingerprint: string): Alert => ({
  fingerprint,
  status: 'resolved',
  startsAt: '2026-11-30T10:00:00.123456789+09:00',
});

function toldOf() {
  let clock = 0;
  const kept = { text: '{}' };
  const memory = {
    read: async () => kept.text,
    write: async (text: string) => {
      kept.text = text;
    },
  };
  return {
    kept,
    told: toldAlerts(
      memory,
      () => undefined,
      () => ++clock,
    ),
  };
}
const bytes = (text: string) => Buffer.byteLength(text) + Buffer.byteLength('told');

test.each([
  ['as Alertmanager makes them', 5, 4000, (index: number) => index.toString(16).padStart(16, '0')],
  ['long', 3, 40, (index: number) => `${index}`.padEnd(50_000, 'x')],
  ['of characters that JSON writes longer', 3, 40, (index: number) => `${index}`.padEnd(20_000, '\u0001"\\界')],
])('whatever channels are told, a ConfigMap holds it: fingerprints %s', async (_, channels, alerts, fingerprint) => {
  const { kept, told } = toldOf();
  await told.read();
  const all = Array.from({ length: alerts }, (_, index) => alert(fingerprint(index)));
  for (let channel = 0; channel < channels; channel++) {
    told.add(`channel-${channel}`, all);
    await told.write();
    expect(bytes(kept.text)).toBeLessThan(holds);
  }
  // What was told last counts most, and there is much of it.
  expect(told.has(`channel-${channels - 1}`, all.slice(-3))).toBe(true);
  expect(told.has('channel-0', all)).toBe(false);
  expect(bytes(kept.text)).toBeGreaterThan(holds / 2);
});

test('what is there and what was told before it could be read fit together', async () => {
  const before = toldOf();
  await before.told.read();
  before.told.add(
    'slack',
    Array.from({ length: 9000 }, (_, index) => alert(`before-${index}`)),
  );
  await before.told.write();
  const { kept, told } = toldOf();
  told.add(
    'slack',
    Array.from({ length: 9000 }, (_, index) => alert(`after-${index}`)),
  );
  kept.text = before.kept.text;
  await told.read();
  await told.write();
  expect(bytes(kept.text)).toBeLessThan(holds);
});

test('an alert that is too long to be kept displaces no other', async () => {
  const { told } = toldOf();
  await told.read();
  told.add('slack', [alert('short')]);
  told.add('slack', [alert('x'.repeat(holds))]);
  expect(told.has('slack', [alert('short')])).toBe(true);
});

const hour = 3600_000;
const firing: Alert = { fingerprint: 'a', status: 'firing', startsAt: '2026-11-30T10:00:00Z' };
const resolved: Alert = { ...firing, fingerprint: 'b', status: 'resolved' };
/** With a clock that stands, and what was read, written and logged. */
function standing(text?: string) {
  const seen = { now: 100 * hour, reads: 0, writes: [] as string[], logged: [] as string[], broken: false };
  const memory = {
    read: async () => {
      seen.reads++;
      if (seen.broken) throw new Error('500');
      return text;
    },
    write: async (kept: string) => {
      if (seen.broken) throw new Error('500');
      seen.writes.push(kept);
    },
  };
  const log = (_: string, message: string) => void seen.logged.push(message);
  return { seen, told: toldAlerts(memory, log, () => seen.now) };
}

test('what fires is told again after 11 hours, and an end is told once', () => {
  const { seen, told } = standing();
  told.add('slack', [firing, resolved]);
  for (const [after, fires, ended] of [
    [0, true, true],
    [11 * hour - 1, true, true],
    [11 * hour, false, true],
    [23 * hour, false, true],
  ] as const) {
    seen.now = 100 * hour + after;
    expect([told.has('slack', [firing]), told.has('slack', [resolved])]).toEqual([fires, ended]);
  }
});

test('what was told is this channel, this alert, this start and this status', () => {
  const { told } = standing();
  told.add('slack', [firing]);
  expect(told.has('other', [firing])).toBe(false);
  for (const more of [{ fingerprint: 'c' }, { startsAt: '2026-11-30T10:00:01Z' }, { status: 'resolved' as const }])
    expect(told.has('slack', [{ ...firing, ...more }])).toBe(false);
  // All of it, and not a part.
  expect(told.has('slack', [firing, resolved])).toBe(false);
});

test('what was told a day ago is forgotten', async () => {
  const { seen, told } = standing();
  await told.read();
  told.add('slack', [resolved]);
  seen.now += 24 * hour;
  told.add('slack', [firing]);
  expect(told.has('slack', [resolved])).toBe(false);
  await told.write();
  expect(JSON.parse(seen.writes[0] as string)).toEqual({
    slack: { a: { status: 'firing', startsAt: firing.startsAt, at: seen.now } },
  });
});

test('what is there is read once, and what was told since counts more', async () => {
  const { status, startsAt } = firing;
  const before = { slack: { a: { status, startsAt, at: 99 * hour }, c: { status, startsAt, at: 99 * hour } } };
  const { seen, told } = standing(JSON.stringify({ ...before, mail: before.slack }));
  told.add('slack', [{ ...firing, status: 'resolved' }]);
  told.add('pager', [firing]);
  await told.read();
  await told.read();
  expect(seen.reads).toBe(1);
  expect(told.has('slack', [{ ...firing, status: 'resolved' }])).toBe(true);
  expect(told.has('slack', [{ ...firing, fingerprint: 'c' }])).toBe(true);
  expect(told.has('mail', [firing, { ...firing, fingerprint: 'c' }])).toBe(true);
  expect(told.has('pager', [firing])).toBe(true);
});

test.each([undefined, '', 'x', 'null', '[]', '{"slack":{"a":1}}', '{"slack":{"a":{"status":"firing","at":"1"}}}'])(
  'what nobody wrote for it counts as nothing: %s',
  async (text) => {
    const { seen, told } = standing(text);
    await told.read();
    expect(told.has('slack', [firing])).toBe(false);
    told.add('slack', [firing]);
    expect(told.has('slack', [firing])).toBe(true);
    expect(seen.logged).toEqual([]);
  },
);

test('what is not read is not written over, what did not change is not written, and what failed is tried again', async () => {
  const { seen, told } = standing('{}');
  seen.broken = true;
  await told.read();
  told.add('slack', [firing]);
  await told.write();
  seen.broken = false;
  await told.write();
  expect(seen.writes).toEqual([]);
  await told.read();
  seen.broken = true;
  await told.write();
  seen.broken = false;
  await told.write();
  await told.write();
  expect([seen.reads, seen.writes.length]).toEqual([2, 1]);
  const words = 'what channels were told of alerts is not';
  expect(seen.logged).toEqual([`${words} read`, `${words} kept`]);
});

test('a memory without news is not written', async () => {
  const { seen, told } = standing('{}');
  await told.read();
  await told.write();
  expect(seen.writes).toEqual([]);
});
