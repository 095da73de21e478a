import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const script = readFileSync(fileURLToPath(new URL('./report.sh', import.meta.url)), 'utf8');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unit-test-'));
  for (const name of ['code/target/classes', 'reports']) mkdirSync(join(folder, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const report = (...paths: string[]) =>
  spawnSync('sh', ['-c', script, 'report', ...paths], {
    cwd: join(folder, 'code'),
    encoding: 'utf8',
    env: { PATH: process.env.PATH, REPORTS: join(folder, 'reports') },
  });
const put = (path: string) => writeFileSync(join(folder, 'code', path), path);
const handed = (path: string) => existsSync(join(folder, 'reports', path));

test('hands on the files and folders that are named and there, in their places', () => {
  for (const path of ['coverage.out', 'target/classes/A.class', 'secret.txt']) put(path);
  expect(report('coverage.out', 'target/classes', 'missing.xml')).toMatchObject({ status: 0, stderr: '' });
  expect([handed('coverage.out'), handed('target/classes/A.class'), handed('secret.txt')]).toEqual([true, true, false]);
});

test('hands on no link: an analysis would read what it leads to, beside its token', () => {
  symlinkSync('/proc/self/environ', join(folder, 'code/coverage.out'));
  symlinkSync('/etc/passwd', join(folder, 'code/target/classes/B.class'));
  expect(report('coverage.out', 'target/classes').status).toBe(0);
  expect([handed('coverage.out'), handed('target/classes/B.class'), handed('target/classes')]).toEqual([
    false,
    false,
    true,
  ]);
});

test('with nothing to hand on it is content', () => expect(report().status).toBe(0));
