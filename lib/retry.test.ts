import { expect, test } from '@jest/globals';
import {
  type Backoff,
  isTransientStatus,
  parseRetryAfter,
  RetriesExhausted,
  retry,
  Transient,
  unansweredBecause,
} from './retry.ts';

/** A clock that stands still but for the pauses. */
function clockOf(random = 0.5) {
  const pauses: number[] = [];
  let now = 1_000_000;
  const sleep = async (ms: number) => {
    pauses.push(ms);
    now += ms;
  };
  return { pauses, now: () => now, sleep, random: () => random };
}

const backoff: Backoff = { tries: 5, totalMs: 60_000, pauseMs: 100, maxPauseMs: 300 };
const failing = (faults: unknown[]) => {
  let calls = 0;
  return async () => {
    const fault = faults[calls++];
    if (fault !== undefined) throw fault;
    return calls;
  };
};

test.each([
  [0, [50, 100, 150, 150]],
  [0.5, [100, 200, 300, 300]],
  [1, [150, 300, 450, 450]],
])('the pause doubles up to its bound, with jitter %s', async (random, pauses) => {
  const clock = clockOf(random);
  const faults = Array(4).fill(new Transient('down'));
  expect(await retry(failing(faults), { backoff, clock })).toBe(5);
  expect(clock.pauses).toEqual(pauses);
});

test('waits as long as the server asks, where that is longer', async () => {
  const clock = clockOf();
  await retry(failing([new Transient('busy', 5_000), new Transient('busy', 10)]), { backoff, clock });
  expect(clock.pauses).toEqual([5_000, 200]);
});

test('gives up after the last try, with the last fault', async () => {
  const clock = clockOf();
  const last = new Transient('third');
  const lasts: boolean[] = [];
  const failure = await retry(failing([new Transient('first'), new Transient('second'), last]), {
    backoff: { ...backoff, tries: 3 },
    clock,
    onFault: (fault) => lasts.push(fault.last),
  }).catch((error) => error);
  expect(failure).toBeInstanceOf(RetriesExhausted);
  expect(failure).toMatchObject({ message: 'third (try 3)', cause: last, tries: 3, waitMs: 300 });
  expect(clock.pauses).toEqual([100, 200]);
  expect(lasts).toEqual([false, false, true]);
});

test.each([
  [99, []],
  [100, []],
  [101, [100]],
  [300, [100]],
  [301, [100, 200]],
])('starts no attempt after %s ms in all', async (totalMs, pauses) => {
  const clock = clockOf();
  const faults = Array(9).fill(new Transient('down'));
  await expect(retry(failing(faults), { backoff: { ...backoff, totalMs }, clock })).rejects.toThrow(RetriesExhausted);
  expect(clock.pauses).toEqual(pauses);
});

test.each([
  ['an error', new Error('no')],
  ['a TypeError', new TypeError('a bug')],
  ['a text', 'no'],
])('%s that is not transient is thrown as it is, at once', async (_, fault) => {
  const clock = clockOf();
  await expect(retry(failing([fault]), { backoff, clock })).rejects.toBe(fault);
  expect(clock.pauses).toEqual([]);
});

test('the caller says what is transient, a TypeError of fetch too', async () => {
  const clock = clockOf();
  const faults: unknown[] = [];
  const outcome = await retry(failing([new TypeError('fetch failed'), new TypeError('anything')]), {
    backoff,
    clock,
    waitOf: (error) => (error instanceof TypeError ? 0 : undefined),
    onFault: ({ error, tries, waitMs, last }) => faults.push([(error as Error).message, tries, waitMs, last]),
  });
  expect(outcome).toBe(3);
  expect(faults).toEqual([
    ['fetch failed', 1, 100, false],
    ['anything', 2, 200, false],
  ]);
});

test('an aborted signal ends the pause, and its reason is thrown', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const hour = 3_600_000;
  const outcome = retry(failing(Array(9).fill(new Transient('down'))), {
    backoff: { ...backoff, totalMs: 2 * hour, pauseMs: hour, maxPauseMs: hour },
    signal: abort.signal,
    onFault: () => setImmediate(() => abort.abort(reason)),
  });
  await expect(outcome).rejects.toBe(reason);
});

test.each([
  [400, false],
  [407, false],
  [408, true],
  [409, false],
  [428, false],
  [429, true],
  [499, false],
  [500, true],
  [503, true],
])('HTTP %s is transient: %s', (status, transient) => {
  expect(isTransientStatus(status)).toBe(transient);
});

test.each([
  [undefined, undefined],
  [null, undefined],
  ['0', 0],
  [' 30 ', 30_000],
  ['Mon, 23 Nov 2026 10:00:05 GMT', 5000],
  ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
  ['soon', undefined],
])('Retry-After %s', (value, ms) => {
  expect(parseRetryAfter(value, Date.parse('2026-11-23T10:00:00Z'))).toBe(ms);
});

test('a Retry-After too large to count is none', () => {
  expect(parseRetryAfter('9'.repeat(400))).toBeUndefined();
});

test.each([
  [new DOMException('x', 'TimeoutError'), 'no answer within 50 ms'],
  [new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }), 'connect ECONNREFUSED'],
  [new TypeError('fetch failed', { cause: Object.assign(new Error(''), { code: 'ECONNREFUSED' }) }), 'ECONNREFUSED'],
  [new Error('too long'), 'too long'],
])('no answer, case %#', (error, words) => {
  expect(unansweredBecause(error, 50)).toBe(words);
});
