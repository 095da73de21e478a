import { expect, test } from '@jest/globals';
import { jsonLog, reasonOf } from './log.ts';

const secret = 'https://hooks.slack.com/services/T/B/secret';

test('a secret in any field of a log line is masked', () => {
  const lines: string[] = [];
  const log = jsonLog([secret], (line) => lines.push(line));
  log('error', `cannot parse ${secret}`, { error: { deep: [secret] } });
  expect(lines.join('')).not.toContain('secret');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', message: 'cannot parse ***' });
});

test('an error in one line', () => {
  expect(
    reasonOf(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) })),
  ).toBe('ECONNREFUSED x');
});
