import { expect, jest, test } from '@jest/globals';
import type { TestCaseResult } from '@jest/test-result';
import Reporter from './reporter.ts';

test.each([
  ['passed', 1600, [], [/^\d\d:\d\d:\d\d {2}passed in 2 s: a promise$/]],
  ['failed', 400, ['why it failed'], [/FAILED in 0 s: a promise$/, /^why it failed$/]],
  ['passed', undefined, [], [/ {2}passed: a promise$/]],
] as const)(
  'a test that is %s is reported at once, with what it failed by',
  (status, duration, failureMessages, lines) => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      new Reporter().onTestCaseResult({}, {
        title: 'a promise',
        status,
        duration,
        failureMessages: [...failureMessages],
      } as TestCaseResult);
      expect(reported.mock.calls).toEqual(lines.map((line) => [expect.stringMatching(line)]));
    } finally {
      reported.mockRestore();
    }
  },
);
