import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const script = shell(new URL('./copy.sh', import.meta.url), 'crane');

const folder = temporaryFolder();

/** Runs the script on groups of copies, with a crane that reads all that it is given, and refuses what goes to `refuses`. */
function run(groups: string[][], { refuses = '', compared = '0', insecure = false, silent = false } = {}) {
  const bin = folder('bin');
  mkdirSync(bin);
  const crane = `#!/bin/sh
cat >/dev/null
case "$*" in *" ${refuses || 'nothing'}") printf 'Copying\\nTAG_INVALID: the tag is immutable\\n' >&2; exit 1 ;; esac
echo "$*" >>"$FOLDER/copies"
`;
  for (const [name, text] of Object.entries({
    crane,
    timeout: `#!/bin/sh\nshift\n${silent ? 'exit 143' : 'exec "$@"'}\n`,
  })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const plan = folder('plan');
  mkdirSync(plan);
  writeFileSync(join(plan, 'copies'), groups.map((group) => `${group.join('\n')}\n\n`).join(''));
  writeFileSync(join(plan, 'status'), `${compared}\n`);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env.PATH}`, FOLDER: folder(), PLAN: plan, INSECURE: String(insecure) },
  });
  const copies = folder('copies');
  return {
    status,
    output: stdout + stderr,
    copies: existsSync(copies) ? readFileSync(copies, 'utf8').split('\n').slice(0, -1) : [],
  };
}

const one = ['seoul/ticket@sha256:1 tokyo/ticket@sha256:1', 'seoul/ticket@sha256:2 tokyo/ticket:b'];
const other = ['seoul/ticket@sha256:3 tokyo/ticket@sha256:3', 'seoul/ticket@sha256:4 tokyo/ticket:c'];

test('makes the copies in order, and logs each', () => {
  const { status, output, copies } = run([one, other]);
  expect([status, copies]).toEqual([0, [...one, ...other].map((copy) => `copy ${copy}`)]);
  expect(output.split('\n')).toHaveLength(5);
  expect(output).toContain('backfill-replicas: copied seoul/ticket@sha256:2 to tokyo/ticket:b\n');
});

test('does nothing with nothing to copy', () =>
  expect(run([], { insecure: true })).toEqual({ status: 0, output: '', copies: [] }));

test('speaks plain HTTP only if the site says so', () =>
  expect(run([['a b']], { insecure: true }).copies).toEqual(['--insecure copy a b']));

test('an image whose signatures cannot be copied is not copied, and the others are', () => {
  const { status, output, copies } = run([one, other], { refuses: 'tokyo/ticket@sha256:1' });
  expect([status, copies]).toEqual([1, other.map((copy) => `copy ${copy}`)]);
  expect(output).toContain('tokyo/ticket:b waits for what was refused before it');
});

test('a refused copy fails the job, and the others are made', () => {
  const { status, output, copies } = run([one, other], { refuses: 'tokyo/ticket:b' });
  expect([status, copies]).toEqual([1, [one[0], ...other].map((copy) => `copy ${copy}`)]);
  expect(output).toContain('backfill-replicas: tokyo/ticket:b: TAG_INVALID: the tag is immutable\n');
});

test('a silent registry is reported', () => {
  const { status, output } = run([one], { silent: true });
  expect(status).toBe(1);
  expect(output).toContain('tokyo/ticket@sha256:1: no answer within 120 s\n');
});

test('a failed comparison fails the job after the rest is copied', () => {
  const { status, copies } = run([one], { compared: '1' });
  expect([status, copies.length]).toEqual([1, 2]);
});
