import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { $, run } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'process-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a program gets each value as one argument, its input and its environment, and gives its output', async () => {
  expect(await run('printf', ['%s|', 'a b', ''])).toBe('a b||');
  expect(await $`printf %s| ${'a b'} x=${'c d'} ${['e', 'f g']}`).toBe('a b|x=c d|e|f g|');
  expect(await $({ input: 'in', env: { WORD: 'set' }, cwd: folder })`sh -c ${'cat; echo $WORD; pwd'}`).toBe(
    `inset\n${folder}\n`,
  );
  // With nothing to read it does not wait.
  expect(await $`cat`).toBe('');
  expect(await run('true', [], { input: 'x'.repeat(1 << 20) })).toBe('');
});

test('a failure names the program, how it ended and its last words', async () => {
  await expect($`sh -c ${'seq 20 >&2; exit 3'}`).rejects.toThrow(/^sh -c .*: 13\n14\n15\n16\n17\n18\n19\n20$/s);
  await expect(run('false', ['x'])).rejects.toThrow(/^false x: ended with status 1$/);
  await expect(run('no-such-program', [])).rejects.toThrow(/^no-such-program: .*ENOENT/);
  await expect(run('sleep', ['9'], { timeout: 50 })).rejects.toThrow(/^sleep 9: ended with SIGTERM$/);
});

test('output goes to the log, and a failure shows its end', async () => {
  const log = join(folder, 'logs', 'x.log');
  expect(await run('echo', ['first'], { log })).toBe('');
  await expect(run('sh', ['-c', 'echo second; exit 2'], { log })).rejects.toThrow(
    `sh -c echo second; exit 2: ended with status 2; the end of ${log}:\nfirst\nsecond`,
  );
  expect(readFileSync(log, 'utf8')).toBe('first\nsecond\n');
});
