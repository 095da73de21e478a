import { afterEach, expect, test } from '@jest/globals';
import Environment from './environment.ts';

afterEach(() => {
  delete process.env.E2E_UNTIL;
});

test.each([
  ['nothing is said', undefined, undefined],
  ['it is early enough', Date.now() + 60_000, undefined],
  ['it is too late', Date.now() - 1, 'skip'],
])('a test that begins when %s', (_, until, mode) => {
  if (until !== undefined) process.env.E2E_UNTIL = String(until);
  const event = { name: 'test_start', test: {} as { mode?: string } };
  Environment.prototype.handleTestEvent(event as Parameters<typeof Environment.prototype.handleTestEvent>[0]);
  expect(event.test.mode).toBe(mode);
});
