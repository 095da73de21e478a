import { expect, test } from '@jest/globals';
import type { Recorded } from './guarantees.ts';
import { estimate, order, speedOf } from './plan.ts';

const at = (date: string, seconds = 100, status: 'passed' | 'failed' = 'passed', commit = 'abc1234') => ({
  ...{ status, date, commit, seconds },
});
const stories = ['old', 'core', 'changed', 'new', 'red', 'older', 'lost'].map((name) => ({
  name,
  sources: [`${name}/`, 'one.ts'],
}));
const record: Recorded = {
  stories: {
    old: at('2026-11-02'),
    older: at('2026-11-01'),
    core: at('2026-11-09', 200),
    changed: at('2026-11-08'),
    red: at('2026-11-07', 100, 'failed'),
    lost: at('2026-11-06', 100, 'passed', 'fffffff'),
  },
  tests: {},
};
const changes = (files: string[]) => (commit: string) => (commit === 'fffffff' ? undefined : files);
const names = (files: string[]) => order(stories, 'core', record, changes(files)).map(({ story }) => story.name);

test('the core story comes first, then what changed, failed or is not known, then what ran longest ago', () => {
  expect(names(['changed/x.ts'])).toEqual(['core', 'new', 'lost', 'red', 'changed', 'older', 'old']);
});

test.each([
  ['a file of a folder of its sources', 'old/deep/x.ts'],
  ['its own file', 'e2e/old.e2e.test.ts'],
])('a story runs early when %s changed', (_, file) => {
  expect(names([file]).indexOf('old')).toBeLessThan(names([file]).indexOf('changed'));
});

test('a file that all are made of makes all of them run early, and a name that only begins like a source none', () => {
  expect(
    order(stories, 'core', record, changes(['one.ts'])).filter(({ why }) => /changed since/.test(why)),
  ).toHaveLength(3);
  expect(
    order(stories, 'core', record, changes(['one.tsx', 'old'])).filter(({ why }) => /changed since/.test(why)),
  ).toEqual([]);
});

test('unit tests and documents of its sources do not make a story run early', () => {
  const files = ['one.test.ts', 'old/x.test.ts', 'changed/README.md'];
  const why = (files: string[]) => order(stories, 'core', record, changes(files)).map((entry) => entry.why);
  expect(why(files)).toEqual(why([]));
  expect(why(['old/x.engine.test.ts'])).not.toEqual(why([]));
});

test('each says why it runs', () => {
  expect(
    Object.fromEntries(
      order(stories, 'core', record, changes(['changed/x.ts'])).map(({ story, why }) => [story.name, why]),
    ),
  ).toEqual({
    core: 'the core story',
    new: 'never recorded',
    lost: 'recorded at fffffff, which is not in the history',
    red: 'failed when it was recorded',
    changed: 'changed/x.ts changed since abc1234',
    older: 'last run on 2026-11-01',
    old: 'last run on 2026-11-02',
  });
});

test('the time of a story is what was recorded, by the speed of this machine; of an unknown one the most that a story may take', () => {
  const speed = speedOf(
    [
      { name: 'core', seconds: 300 },
      { name: 'new', seconds: 1000 },
    ],
    record,
  );
  expect(speed).toBe(1.5);
  expect([estimate('old', record, speed), estimate('new', record, speed), speedOf([], record)]).toEqual([150, 720, 1]);
});
