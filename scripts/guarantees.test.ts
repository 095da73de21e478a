import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { promised, recorded } from './guarantees.ts';

const rows = promised(readFileSync('docs/guarantees.md', 'utf8'));

test('there is a row for each promise', () => {
  expect(rows.length).toBeGreaterThan(20);
});

test.each(rows)('the test "$title" is there', ({ number, file, title }) => {
  const text = readFileSync(file, 'utf8');
  // As the title of a call, and not in a comment.
  expect(text.replaceAll("\\'", "'")).toMatch(
    new RegExp(`\\(\\s*['"\`]${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}['"\`],`),
  );
  expect(text).not.toMatch(/\b(test|it|describe)\.(skip|todo|only|failing)\b/);
  if (number) expect(title).toContain(`${number}: `);
});

describe('results', () => {
  const table = [
    '| | promise | test | last result |',
    '|---|---|---|---|',
    '| G1 | Once | `a.test.ts`: starts one run |',
    '| G2 | Again | `a.test.ts`: %s is killed | failed yesterday |',
    '| | Never | `b.test.ts`: is it (so)? | passed yesterday |',
  ].join('\n');
  const lines = (...results: [file: string, title: string, status: string][]) =>
    recorded(
      table,
      results.map(([file, title, status]) => ({ file, title, status })),
      'today',
    )
      .split('\n')
      .slice(2);

  test('are written behind the test that they are of, and replace those of the last time', () => {
    const now = lines(
      ['a.test.ts', 'starts one run', 'passed'],
      ['a.test.ts', 'a build is killed', 'passed'],
      ['a.test.ts', 'a push is killed', 'passed'],
      ['b.test.ts', 'is it (so)?', 'failed'],
    );
    expect(now.map((line) => line.split(' | ').at(-1))).toEqual(['passed today |', 'passed today |', 'failed today |']);
    expect(promised(now.join('\n'))).toEqual(promised(table));
  });

  test('of several cases are good only if all are', () => {
    const [, second] = lines(['a.test.ts', 'a build is killed', 'passed'], ['a.test.ts', 'a push is killed', 'failed']);
    expect(second).toContain('| failed today |');
  });

  test('of what did not run stay as they were, also where another file has a test of that title', () => {
    expect(lines(['b.test.ts', 'starts one run', 'passed'])).toEqual(table.split('\n').slice(2));
  });
});
