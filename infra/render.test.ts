import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const render = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'render.ts'), ...args], { encoding: 'utf8' });

test('the command explains itself, and refuses what it does not know', () => {
  expect(render('--help')).toMatchObject({ status: 0, stderr: '' });
  expect(render('--help').stdout).toContain('rendered/infra/<stack>/cdk.tf.json');
  const { status, stderr } = render('--chekc');
  expect([status, stderr]).toEqual([2, 'given --chekc, allowed --check\nrender: nothing was written\n']);
});
