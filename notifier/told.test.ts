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
