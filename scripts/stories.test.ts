import { expect, test } from '@jest/globals';
import type { Recorded } from './guarantees.ts';
import { promises } from './promises.ts';
import { recorded } from './stories.ts';

const [first, second] = promises.map(({ test }) => test) as [string, string];
const before = { status: 'passed', date: '2026-11-01', commit: 'aaaaaaa' } as const;
const record: Recorded = {
  stories: { loop: { ...before, seconds: 100 }, gates: { ...before, seconds: 200 } },
  tests: { [first]: before, [second]: before },
};
const when = { date: '2026-11-29', commit: 'bbbbbbb' };
const ran = (status: string) => [
  {
    name: 'loop',
    seconds: 90,
    ok: status === 'passed',
    results: [
      { file: 'e2e/loop.e2e.test.ts', title: first, status },
      { file: 'e2e/loop.e2e.test.ts', title: 'a test of no promise', status },
    ],
  },
];

test('a story that ran beside others keeps the time that it takes alone', () => {
  const beside = ran('passed').map((one) => ({ ...one, beside: true }));
  expect(recorded(record, beside, when).stories.loop).toEqual({ status: 'passed', ...when, seconds: 100 });
});

test.each(['passed', 'failed'] as const)(
  'a story that %s is recorded with its time, and the tests of promises with their end',
  (status) => {
    expect(recorded(record, ran(status), when)).toEqual({
      stories: { ...record.stories, loop: { status, ...when, seconds: 90 } },
      tests: { [first]: { status, ...when }, [second]: before },
    });
  },
);
