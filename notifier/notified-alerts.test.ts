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
  'whatever channels are notified of, a ConfigMap holds it: fingerprints %s',
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

test('the stored record and what was notified before it could be read are merged', async () => {
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
