import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const script = shell(new URL('./image-replicate.sh', import.meta.url), 'step', 'crane');
const commit = '0123456789abcdef0123456789abcdef01234567';
const digestOf = (hex: string) => `sha256:${hex.repeat(64)}`;
const [image, replica] = ['registry.seoul.internal:5000/ticket', 'registry.tokyo.internal:5000/ticket'];

const folder = temporaryFolder();

/** Runs the script with a crane that refuses the first `failures` copies. */
function run(given: Record<string, string> = {}, failures = 0, silent = false) {
  const bin = folder('bin');
  mkdirSync(bin);
  const crane = `#!/bin/sh
echo "$*" >>"$FOLDER/calls"
if [ "$(wc -l <"$FOLDER/calls")" -le ${failures} ]; then echo 'dial tcp: no route to host' >&2; exit 1; fi
`;
  for (const [name, text] of Object.entries({
    crane,
    sleep: '#!/bin/sh\n',
    timeout: `#!/bin/sh\nshift\n${silent ? 'exit 143' : 'exec "$@"'}\n`,
  })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      FOLDER: folder(),
      IMAGE: image,
      REPLICA: replica,
      COMMIT: commit,
      DIGEST: digestOf('a'),
      INSECURE: 'false',
      WAIT: '0',
      ...given,
    },
  });
  const calls = folder('calls');
  return {
    status,
    output: stdout + stderr,
    calls: existsSync(calls) ? readFileSync(calls, 'utf8').split('\n').slice(0, -1) : [],
  };
}
const signatures = `sha256-${'a'.repeat(64)}`;
const copies = [
  `copy ${image}:${signatures} ${replica}:${signatures}`,
  `copy ${image}@${digestOf('a')} ${replica}:${commit}`,
];

test('copies the signatures, then the image, by digest', () => {
  const { status, calls, output } = run();
  expect([status, calls]).toEqual([0, copies]);
  expect(output).toContain(`copied ${digestOf('a')} to ${replica}`);
});

test('retries for a while', () => expect(run({ WAIT: '60' }, 2).calls).toEqual([copies[0], copies[0], ...copies]));

test('an unreachable registry does not fail the run', () => {
  const { status, output } = run({}, 9);
  expect([status, output]).toEqual([0, 'image-replicate: not yet: dial tcp: no route to host\n']);
});

test('speaks plain HTTP only if the site says so', () => {
  expect(run({ INSECURE: 'true' }).calls.every((call) => call.startsWith('--insecure '))).toBe(true);
});

test.each([
  [{ DIGEST: '' }, 'digest'],
  [{ DIGEST: 'sha256:abc' }, 'digest'],
  [{ IMAGE: '--insecure' }, 'image'],
  [{ REPLICA: 'registry/$(touch x)' }, 'image'],
  [{ COMMIT: 'a b' }, 'image'],
])('refuses %j and calls nothing', (given, field) => {
  const { status, output, calls } = run(given);
  expect([status, calls]).toEqual([64, []]);
  expect(output).toContain(`image-replicate: ${field}`);
});

test('a silent registry is reported', () => {
  const { status, output } = run({}, 0, true);
  expect([status, output]).toEqual([0, 'image-replicate: not yet: no answer within 30 s\n']);
});
