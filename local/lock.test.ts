import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startTime } from './box.ts';
import { alone } from './lock.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('of two at the same time the second is told who the first is', async () => {
  await alone(async () => {
    expect(readFileSync(file, 'utf8')).toContain(`${process.pid} ${startTime(process.pid)}`);
    await expect(alone(async () => 'second', file)).rejects.toThrow(
      /is at it \(process \d+\): wait until it has ended/,
    );
  }, file);
  expect(existsSync(file)).toBe(false);
});

test('work that fails gives the lock back', async () => {
  await expect(alone(async () => Promise.reject(new Error('broken')), file)).rejects.toThrow('broken');
  expect(existsSync(file)).toBe(false);
});

test("a lock whose process has ended is nobody's, also when another has its number by now", async () => {
  const { pid } = spawnSync('true');
  for (const left of [`${pid} 1 up`, `${process.pid} 1 up`, '']) {
    writeFileSync(file, left);
    expect(await alone(async () => 'mine', file)).toBe('mine');
  }
});
