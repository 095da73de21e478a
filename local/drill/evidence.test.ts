import { expect, test } from '@jest/globals';
import type { Asked, Bought } from './customers.ts';
import {
  actsOf,
  type Evidence,
  lostOf,
  movedAfter,
  perSecond,
  plot,
  recovery,
  report,
  ticketless,
} from './evidence.ts';

const failedAt = 1_000_000;
const asked = (second: number, ok: boolean, ms = 10): Asked => ({
  at: failedAt + second * 1000,
  ms,
  kind: 'look',
  ok,
  outcome: '',
});

test.each([
  ['nobody noticed', [asked(-1, true), asked(1, true)], 0],
  ['a request of before the failure does not count', [asked(-1, false), asked(1, true)], 0],
  [
    'the first that succeeded after the last that failed',
    [asked(1, false), asked(2, true), asked(3, false), asked(7, true, 500), asked(8, true)],
    7.5,
  ],
  ['whatever the order of the answers', [asked(7, true), asked(3, false), asked(1, true)], 7.01],
  ['the last one failed', [asked(1, true), asked(9, false)], null],
  ['nobody asked', [], null],
])('recovery: %s', (_, requests, seconds) => {
  expect(recovery(requests, failedAt)).toBe(seconds);
});

test('requests are counted by the second in which they began, with the lag of that second', () => {
  const lags = [{ at: failedAt + 1500, behind: { one: 0.5, other: null, third: 2 } }];
  expect(perSecond([asked(-1, true), asked(1, false, 3000), asked(1.2, true)], lags, failedAt)).toEqual([
    { second: -1, ok: 1, failed: 0, slowest: 10, behind: null },
    { second: 0, ok: 0, failed: 0, slowest: 0, behind: null },
    { second: 1, ok: 1, failed: 1, slowest: 3000, behind: 2 },
  ]);
});

test('what is lost is as old as the oldest of it', () => {
  const bought = [1, 2, 3].map((id): Bought => ({ id: `${id}`, seat: '', holder: '', at: failedAt - id * 1000 }));
  const lost = (there: string[]) =>
    lostOf(
      'store',
      bought,
      ({ id }) => there.includes(id),
      ({ at }) => at,
      failedAt,
    );
  expect(lost(['1', '2', '3'])).toEqual({ store: 'store', acknowledged: 3, lost: 0, seconds: 0 });
  expect(lost(['2'])).toEqual({ store: 'store', acknowledged: 3, lost: 2, seconds: 3 });
});

test('a booking without its ticket counts once it is ten seconds old, before or after the traffic moved', () => {
  const one = (at: number, ticketAt?: number): Bought => ({
    id: '',
    seat: '',
    holder: '',
    at,
    ...(ticketAt ? { ticketAt } : {}),
  });
  const bought = [one(1000), one(5000), one(5001), one(20_000), one(20_001), one(2000, 3000)];
  expect(ticketless(bought, 5000, 30_000)).toEqual({ before: 2, after: 2 });
});

test('the traffic has moved when the state after the last switch begins', () => {
  const states = ['Switch traffic', 'Wait', 'Switch traffic', 'Tell moved'].map((state, at) => ({ state, at }));
  expect(movedAfter(states)).toBe(3);
  expect(movedAfter([{ state: 'Admit', at: 1 }])).toBe(Number.POSITIVE_INFINITY);
});

const evidence: Evidence = {
  measuredOn: 'a test',
  trigger: 'region-failure',
  mode: 'rehearsal',
  broke: 'all of it',
  failedAt: '2026-12-01T00:00:00.000Z',
  branch: 'region-failure',
  ended: 'failed-over',
  detected: 7,
  states: [
    { state: 'Admit', at: 7 },
    { state: 'Done', at: 102 },
  ],
  rto: 103,
  wait: 90,
  lost: [{ store: 'postgresql', acknowledged: 40, lost: 1, seconds: 0.4 }],
  lostLater: [{ store: 'postgresql', acknowledged: 17, lost: 2, seconds: 8.5 }],
  ticketless: { before: 3, after: 4 },
  lag: { postgresql: 0.5 },
  requests: perSecond([asked(-1, true), asked(1, false), asked(104, true)], [], failedAt),
  messages: ['failed over'],
  would: [],
  acts: [],
};

test('the report has the time with and without the wait, and whose figures they are not', () => {
  const text = report(evidence, 'picture.svg');
  expect(text).toContain('| **RTO**: all requests succeed again after | 103.0 s |');
  expect(text).toContain('| RTO without that wait | 13.0 s |');
  expect(text).toContain('| postgresql | 40 | 1 | 0.4 s | 0.5 s |');
  expect(text).toContain('| postgresql | 17 | 2 | 8.5 s |');
  expect(text).toMatch(/without a ticket at the end: 3 [^\n]*, and 4 after/);
  expect(text).toContain('Measured on a test. No figure here is one of AWS.');
  expect(text).not.toContain('What would be done');
  expect(report({ ...evidence, rto: null, would: ['promote'] }, '')).toMatch(/after \| never \|[\s\S]*- promote/);
});

test('the report says what was really done, and that a stand-in for nodes is a number', () => {
  const state = {
    promotion: { did: ["asked for the promotion of Tokyo's database"] },
    traffic: { did: [] },
    capacity: { did: ['nodes: 1 → 3'] },
  };
  const pods = { before: { booking: 1, ticket: 1 }, after: { booking: 2, ticket: 1 } };
  const acts = actsOf(state, pods);
  expect(acts.map((act) => act.function)).toEqual(['aurora-promote-tokyo', 'eks-scale-dr']);
  const text = report({ ...evidence, acts }, '');
  expect(text).toMatch(
    /\| eks-scale-dr \| a stand-in: a number[^|]*\| nodes: 1 → 3; no node came;[^|]*booking 1 → 2, ticket 1 → 1 \|/,
  );
  expect(report(evidence, '')).not.toContain('really done');
  // Of a dry run, and of a branch that does not come to it.
  expect(actsOf({ capacity: { did: [] } }, pods)).toEqual([]);
});

test('the picture has a bar for each second with requests, inside of its frame', () => {
  const svg = plot(evidence);
  const bars = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)];
  expect(bars).toHaveLength(3);
  for (const [, x, y, width] of bars) {
    expect(Number(x) + Number(width)).toBeLessThanOrEqual(900);
    expect(Number(y)).toBeGreaterThan(0);
  }
});
