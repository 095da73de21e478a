import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** A command whose main is this, with what a shell does to it. */
const run = (main: string, shell = '"$@"') => {
  const module = new URL('./command.ts', import.meta.url).href;
  const program = `const { command } = await import('${module}'); await command('scripts/x: does', [], async () => { ${main} }, 'again');`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', shell, 'x', process.execPath, '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '--input-type=module' },
  });
  return { status, stdout, stderr };
};

test('whoever stops reading does not stop the work', () => {
  const lines =
    'for (let n = 0; n < 9; n++) { console.log("x".repeat(70_000)); await new Promise((next) => setTimeout(next, 20)); }';
  const { stderr } = run(`${lines} console.error('ended');`, '"$@" | head -c 1');
  expect(stderr).toBe('ended\n');
});

test('a fault of ours shows where it is, and what failed otherwise says how to go on', () => {
  expect(run('undefined.foo')).toMatchObject({ status: 1, stderr: expect.stringMatching(/^TypeError: .*\n +at /) });
  expect(run('throw new Error("no room")').stderr).toMatch(/^no room\nlogs: \S+; again\n$/);
});
