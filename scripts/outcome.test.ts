import { expect, test } from '@jest/globals';
import { outcome } from './outcome.ts';

const report = (status: string, ...tests: [title: string, status: string][]) =>
  JSON.stringify({
    testResults: [
      { name: '/here/a.test.ts', status, assertionResults: tests.map(([title, status]) => ({ title, status })) },
    ],
  });

test('counts what passed, names what failed with its file, and counts what was skipped as neither', () => {
  const its = report('failed', ['comes', 'passed'], ['stays', 'passed'], ['goes', 'failed'], ['is late', 'pending']);
  expect(outcome('unit', false, its, '/here')).toEqual({
    passed: 2,
    failures: ['a.test.ts: goes'],
    notRun: ['is late'],
    ran: [
      { file: 'a.test.ts', title: 'comes', status: 'passed' },
      { file: 'a.test.ts', title: 'stays', status: 'passed' },
      { file: 'a.test.ts', title: 'goes', status: 'failed' },
    ],
  });
});

test.each<[string, boolean, string, string[]]>([
  ['that failed by no test of its own', false, report('passed', ['comes', 'passed']), ['unit']],
  ['whose file could not be read as tests', false, report('failed'), ['a.test.ts']],
  ['whose file failed beside its tests', false, report('failed', ['comes', 'passed']), ['a.test.ts']],
  ['that left no report', true, '', ['unit']],
  ['that left half a report', true, '{"testResults": [', ['unit']],
  ['that left a report of something else', true, '{}', ['unit']],
  ['that passed', true, report('passed', ['comes', 'passed']), []],
])('a run %s has these failures', (_, ok, text, failures) => {
  expect(outcome('unit', ok, text, '/here').failures).toEqual(failures);
});
