import { expect, test } from '@jest/globals';
import { fuzz, fuzzMs } from '../lib/fuzz.testing.ts';
import { random } from '../notifier/testing/random.ts';
import { format } from './channels/slack-message.ts';
import type { FailoverStep } from './event.ts';
import { failoverText } from './failover.ts';

const step: FailoverStep = {
  kind: 'failover',
  result: 'failed over',
  mode: 'live',
  branch: 'region-failure',
  incident: 'dr-7',
  seconds: 171,
  lag: 0.8,
  details: ['endpoint group of Tokyo: dial 0 → 100, weights 0 → 128', 'nodes: 2 → 6'],
  todo: 'check bookings against tickets',
  at: new Date('2026-12-01T00:02:51Z'),
  subject: 'arn:execution/7',
};

test('a failover in Slack: title, facts, what was done, what is to be done', () => {
  const plain = (text: string, emoji = false) => ({ type: 'plain_text', text, emoji });
  expect(format(step)).toEqual({
    text: '✅ failover · live · region-failure · failed over – To do: check bookings against tickets',
    blocks: [
      { type: 'header', text: plain('✅ failover · live · region-failure · failed over', true) },
      {
        type: 'section',
        fields: [
          plain('Incident\ndr-7'),
          plain('Mode\nlive'),
          plain('Since the alarm\n2m 51s'),
          plain('Replication lag\n0.8 s'),
          plain('At\n2026-12-01T00:02:51.000Z'),
        ],
      },
      { type: 'section', text: plain('endpoint group of Tokyo: dial 0 → 100, weights 0 → 128\nnodes: 2 → 6') },
      { type: 'section', text: plain('To do: check bookings against tickets') },
      { type: 'context', elements: [plain('Execution arn:execution/7')] },
    ],
  });
});

test('the same as text, for e-mail and SMS', () => {
  expect(failoverText(step)).toEqual({
    subject: 'failover - live - region-failure - failed over',
    body: `failover · live · region-failure · failed over
Incident: dr-7
Mode: live
Since the alarm: 2m 51s
Replication lag: 0.8 s
At: 2026-12-01T00:02:51.000Z
endpoint group of Tokyo: dial 0 → 100, weights 0 → 128
nodes: 2 → 6
To do: check bookings against tickets
Execution: arn:execution/7`,
  });
});

test('an unknown lag is reported, and one that does not matter is not', () => {
  expect(failoverText({ ...step, lag: null }).body).toContain('Replication lag: not known');
  const { lag: _, ...svc } = step;
  expect(failoverText(svc).body).not.toContain('lag');
});

test('what is not known is left out, and lines stay lines', () => {
  const bare: FailoverStep = { kind: 'failover', result: 'refused', details: [], at: step.at, subject: 'x' };
  expect(failoverText(bare)).toEqual({
    subject: 'failover - refused',
    body: 'failover · refused\nAt: 2026-12-01T00:02:51.000Z\nExecution: x',
  });
  expect(format(bare)).toMatchObject({ text: '🚫 failover · refused', blocks: [{}, { fields: [{}] }, {}] });
  const long = {
    ...step,
    mode: '한',
    details: ['one\ntwo', ...Array.from({ length: 60 }, (_, n) => `${n + 2}.`)],
    todo: 'first\nsecond',
  };
  const { subject, body } = failoverText(long);
  expect(subject).toBe('failover - ? - region-failure - failed over');
  expect(body).toContain('\none\ntwo\n2.\n');
  expect(body).toContain('\n50.\nTo do: first\nsecond\nExecution: ');
  const { blocks } = format(long);
  expect(JSON.stringify(blocks[2])).toMatch(/"one\\ntwo\\n2\.\\n.*50\."/);
  expect(blocks[3]).toMatchObject({ text: { text: 'To do: first\nsecond' } });
});

test.each([
  ['begun', '🚨'],
  ['promoted', '🗄️'],
  ['traffic moved', '🚦'],
  ['dry run done', '📝'],
  ['already running', '⏭️'],
  ['already failed over', '⏭️'],
  ['no action', '⚠️'],
  ['failed', '❌'],
  ['not ready', '⚠️'],
  ['ready', '💚'],
] as const)('%s is distinct from the others at a glance', (result, icon) => {
  expect(format({ ...step, result }).text).toMatch(new RegExp(`^${icon} failover .* · ${result} – `));
});

test(
  'for any input SNS takes the subject, and the text stays short and printable',
  async () => {
    const { passed } = await fuzz(
      29,
      ({ below }) => 1 + below(2 ** 31),
      (seed) => {
        const { text, next } = random(seed);
        const hostile = {
          ...step,
          mode: text(60),
          branch: text(60),
          todo: text(4000),
          details: Array.from({ length: next(90) }, () => text(900)),
        };
        const { subject, body } = failoverText(hostile);
        // SNS: printable ASCII, fewer than 100 characters, no blank first.
        expect([subject, /^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(subject)]).toEqual([subject, true]);
        expect(body.length).toBeLessThan(100_000);
        expect(/[\p{Cs}\u202e]|[^\P{Cc}\n]/u.test(body)).toBe(false);
        return true;
      },
    );
    expect(passed).toBeGreaterThan(100);
  },
  fuzzMs,
);
