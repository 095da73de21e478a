import { expect, test } from '@jest/globals';
import type { LockItem } from '../../dr/ports.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { executionOf, isRunning, lockIn } from './executions.ts';

const folder = temporaryFolder();

test('the lock is written by who has read the last version of it, and by nobody else', async () => {
  const lock = lockIn(folder('lock.json'));
  const item = (version: number) => ({ version, state: 'idle' }) as LockItem;
  expect(await lock.read()).toBeUndefined();
  expect(await lock.write(item(2), 1)).toBe(false);
  expect(await lock.read()).toBeUndefined();
  expect(await lock.write(item(1), undefined)).toBe(true);
  expect(await lock.write(item(9), undefined)).toBe(false);
  expect(await lock.write(item(2), 1)).toBe(true);
  expect(await lock.write(item(9), 1)).toBe(false);
  expect(await lock.read()).toEqual(item(2));
});

test.each([
  ['this process', executionOf(process.pid), true],
  ['a process that had this number before', `drill-${process.pid}-1`, false],
  ['a process that has ended', executionOf(2 ** 22 + 1), false],
  ['an execution of AWS', 'arn:aws:states', false],
])('whether an execution runs: %s', async (_, execution, runs) => {
  expect(await isRunning(execution)).toBe(runs);
});
