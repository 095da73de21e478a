import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { run } from '../machine/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'logs-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a large log starts again with its end beside it, and a small one stays', async () => {
  const [large, small] = [join(folder, 'etcd.log'), join(folder, 'proxy.log')];
  writeFileSync(small, 'a line\n');
  writeFileSync(large, '');
  truncateSync(large, 65 * 2 ** 20);
  appendFileSync(large, 'the last line\n');
  await run('bash', ['-c', '. "$0"; trim_logs "$1"', join(import.meta.dirname, 'keep.sh'), folder]);
  expect(statSync(large).size).toBe(0);
  expect(statSync(`${large}.before`).size).toBe(16 * 2 ** 20);
  expect(readFileSync(`${large}.before`, 'utf8').endsWith('the last line\n')).toBe(true);
  expect(readFileSync(small, 'utf8')).toBe('a line\n');
});
