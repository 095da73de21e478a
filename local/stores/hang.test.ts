import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { until } from '../machine/process.ts';
import { hangOf, isStopped } from './hang.ts';

test('a process that SIGSTOP has stopped is one that hangs, until SIGCONT', async () => {
  const process = spawn('sleep', ['60']);
  const becomes = (wanted: boolean) =>
    until(
      `stopped: ${wanted}`,
      5,
      async () => isStopped(readFileSync(`/proc/${process.pid}/status`, 'utf8')) === wanted,
      5,
    );
  try {
    await becomes(false);
    process.kill('SIGSTOP');
    await becomes(true);
    process.kill('SIGCONT');
    await becomes(false);
  } finally {
    process.kill('SIGKILL');
    await once(process, 'close');
  }
});

test('nothing hangs in a sandbox that does not run, and nothing is woken there', async () => {
  const { hangs, wake } = hangOf(() => undefined, 'prod');
  expect(await hangs()).toBe(false);
  await wake();
});
