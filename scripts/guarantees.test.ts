import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { currentGuarantees, ended, guarantees, guaranteesFile, testFiles } from './guarantees.ts';
import { promises } from './promises.ts';
import { fileOf } from './test-titles.ts';

const files = testFiles('.');

test('no promise of the list is lost', () => {
  expect(promises.length).toBeGreaterThanOrEqual(60);
});

test.each(promises)(
  'the test "$test" is there once, is not skipped, and bears the number of its promise',
  (promised) => {
    const file = fileOf(promised.test, files);
    expect(readFileSync(file, 'utf8')).not.toMatch(/\b(test|it|describe)\.(skip|todo|only|failing)\b/);
    if (promised.number) expect(promised.test).toContain(`${promised.number}: `);
  },
);

test('docs/guarantees.md is what the list and the record say: npm run guarantees writes it', () => {
  expect(readFileSync(guaranteesFile, 'utf8')).toBe(currentGuarantees('.'));
});

test.each([
  ['starts one run', [['starts one run', 'passed']], 'passed'],
  [
    '%s is killed',
    [
      ['a build is killed', 'passed'],
      ['a push is killed', 'failed'],
    ],
    'failed',
  ],
  [
    '%s is killed',
    [
      ['a build is killed', 'passed'],
      ['a push is killed', 'passed'],
    ],
    'passed',
  ],
  ['$task is killed', [['a build is killed', 'failed']], 'failed'],
  ['is it (so)?', [['is it so', 'passed']], undefined],
] as const)('a test %j of which %j was reported ended as %s', (title, reported, status) => {
  const results = reported.map(([title, status]) => ({ file: 'a.test.ts', title, status }));
  expect(ended(title, results)).toBe(status);
});

test('a row of what needs the engines says how it last ended, of the rest that every scripts/test runs it, of a fuzzer both', () => {
  const text = guarantees(
    [
      { number: 'G1', promise: 'Once', test: 'one' },
      { promise: 'Twice', test: 'two' },
      { promise: 'Never', test: 'three' },
      { promise: 'Often', test: 'four' },
    ],
    (title) => ({ two: 'a.test.ts', four: 'a.fuzz.test.ts' })[title] ?? 'e2e/a.e2e.test.ts',
    {
      stories: {},
      tests: Object.fromEntries(
        ['one', 'two', 'four'].map((title) => [title, { status: 'passed', date: '2026-11-29', commit: 'abc1234' }]),
      ),
    },
  );
  expect(text.trimEnd().split('\n').slice(-4)).toEqual([
    '| G1 | Once | `e2e/a.e2e.test.ts`: one | passed 2026-11-29 (abc1234) |',
    '|  | Twice | `a.test.ts`: two | at every `scripts/test` |',
    '|  | Never | `e2e/a.e2e.test.ts`: three | not recorded yet |',
    '|  | Often | `a.fuzz.test.ts`: four | at every `scripts/test`; of 10,000 inputs passed 2026-11-29 (abc1234) |',
  ]);
});
