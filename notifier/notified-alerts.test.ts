import { expect, test } from '@jest/globals';
import { type Alert, notifiedAlerts } from './notified-alerts.ts';

/** What a ConfigMap holds: core/validation of Kubernetes counts the bytes of keys and values. */
const holds = 1024 * 1024;
const alert = (fingerprint: string): Alert => ({
  fingerprint,
  status: 'resolved',
  startsAt: '2026-11-30T10:00:00.123456789+09:00',
});

function recordOf() {
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
    notified: notifiedAlerts(
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
])(
  'whatever channels are notified, a ConfigMap holds it: fingerprints %s',
  async (_, channels, alerts, fingerprint) => {
    const { kept, notified } = recordOf();
    await notified.read();
    const all = Array.from({ length: alerts }, (_, index) => alert(fingerprint(index)));
    for (let channel = 0; channel < channels; channel++) {
      notified.add(`channel-${channel}`, all);
      await notified.write();
      expect(bytes(kept.text)).toBeLessThan(holds);
    }
    // What was notified last counts most, and there is much of it.
    expect(notified.has(`channel-${channels - 1}`, all.slice(-3))).toBe(true);
    expect(notified.has('channel-0', all)).toBe(false);
    expect(bytes(kept.text)).toBeGreaterThan(holds / 2);
  },
);

test('what is there and what was notified before it could be read fit together', async () => {
  const before = recordOf();
  await before.notified.read();
  before.notified.add(
    'slack',
    Array.from({ length: 9000 }, (_, index) => alert(`before-${index}`)),
  );
  await before.notified.write();
  const { kept, notified } = recordOf();
  notified.add(
    'slack',
    Array.from({ length: 9000 }, (_, index) => alert(`after-${index}`)),
  );
  kept.text = before.kept.text;
  await notified.read();
  await notified.write();
  expect(bytes(kept.text)).toBeLessThan(holds);
});

test('an alert that is too long to be kept displaces no other', async () => {
  const { notified } = recordOf();
  await notified.read();
  notified.add('slack', [alert('short')]);
  notified.add('slack', [alert('x'.repeat(holds))]);
  expect(notified.has('slack', [alert('short')])).toBe(true);
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
  return { seen, notified: notifiedAlerts(memory, log, () => seen.now) };
}

test('what fires is notified again after 11 hours, and an end is notified once', () => {
  const { seen, notified } = standing();
  notified.add('slack', [firing, resolved]);
  for (const [after, fires, ended] of [
    [0, true, true],
    [11 * hour - 1, true, true],
    [11 * hour, false, true],
    [23 * hour, false, true],
  ] as const) {
    seen.now = 100 * hour + after;
    expect([notified.has('slack', [firing]), notified.has('slack', [resolved])]).toEqual([fires, ended]);
  }
});

test('what was notified is this channel, this alert, this start and this status', () => {
  const { notified } = standing();
  notified.add('slack', [firing]);
  expect(notified.has('other', [firing])).toBe(false);
  for (const more of [{ fingerprint: 'c' }, { startsAt: '2026-11-30T10:00:01Z' }, { status: 'resolved' as const }])
    expect(notified.has('slack', [{ ...firing, ...more }])).toBe(false);
  // All of it, and not a part.
  expect(notified.has('slack', [firing, resolved])).toBe(false);
});

test('what was notified a day ago is forgotten', async () => {
  const { seen, notified } = standing();
  await notified.read();
  notified.add('slack', [resolved]);
  seen.now += 24 * hour;
  notified.add('slack', [firing]);
  expect(notified.has('slack', [resolved])).toBe(false);
  await notified.write();
  expect(JSON.parse(seen.writes[0] as string)).toEqual({
    slack: { a: { status: 'firing', startsAt: firing.startsAt, at: seen.now } },
  });
});

test('what is there is read once, and what was notified since counts more', async () => {
  const { status, startsAt } = firing;
  const before = { slack: { a: { status, startsAt, at: 99 * hour }, c: { status, startsAt, at: 99 * hour } } };
  const { seen, notified } = standing(JSON.stringify({ ...before, mail: before.slack }));
  notified.add('slack', [{ ...firing, status: 'resolved' }]);
  notified.add('pager', [firing]);
  await notified.read();
  await notified.read();
  expect(seen.reads).toBe(1);
  expect(notified.has('slack', [{ ...firing, status: 'resolved' }])).toBe(true);
  expect(notified.has('slack', [{ ...firing, fingerprint: 'c' }])).toBe(true);
  expect(notified.has('mail', [firing, { ...firing, fingerprint: 'c' }])).toBe(true);
  expect(notified.has('pager', [firing])).toBe(true);
});

test.each([undefined, '', 'x', 'null', '[]', '{"slack":{"a":1}}', '{"slack":{"a":{"status":"firing","at":"1"}}}'])(
  'what nobody wrote for it counts as nothing: %s',
  async (text) => {
    const { seen, notified } = standing(text);
    await notified.read();
    expect(notified.has('slack', [firing])).toBe(false);
    notified.add('slack', [firing]);
    expect(notified.has('slack', [firing])).toBe(true);
    expect(seen.logged).toEqual([]);
  },
);

test('what is not read is not written over, what did not change is not written, and what failed is tried again', async () => {
  const { seen, notified } = standing('{}');
  seen.broken = true;
  await notified.read();
  notified.add('slack', [firing]);
  await notified.write();
  seen.broken = false;
  await notified.write();
  expect(seen.writes).toEqual([]);
  await notified.read();
  seen.broken = true;
  await notified.write();
  seen.broken = false;
  await notified.write();
  await notified.write();
  expect([seen.reads, seen.writes.length]).toEqual([2, 1]);
  const words = 'the record of notified alerts is not';
  expect(seen.logged).toEqual([`${words} read`, `${words} kept`]);
});

test('a memory without news is not written', async () => {
  const { seen, notified } = standing('{}');
  await notified.read();
  await notified.write();
  expect(seen.writes).toEqual([]);
});
