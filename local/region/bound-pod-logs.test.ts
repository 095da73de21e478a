import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { run } from '../machine/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'pod-logs-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('logs of runs are kept for two weeks, and of these the newest that fit', async () => {
  for (const [name, days] of [
    ['newest', 0],
    ['newer', 1],
    ['too-much', 2],
    ['too-old', 15],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'test.log'), Buffer.alloc(400 * 1024));
    const then = new Date(Date.now() - days * 86_400_000);
    utimesSync(join(folder, name), then, then);
  }
  await run('bash', [join(import.meta.dirname, 'bound-pod-logs.sh'), folder, '1000']);
  expect(readdirSync(folder).sort()).toEqual(['newer', 'newest']);
});
