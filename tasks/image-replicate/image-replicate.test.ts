import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const script = readFileSync(fileURLToPath(new URL('./image-replicate.sh', import.meta.url)), 'utf8');
const commit = '0123456789abcdef0123456789abcdef01234567';
const digestOf = (hex: string) => `sha256:${hex.repeat(64)}`;
const [image, replica] = ['registry.seoul.internal:5000/ticket', 'registry.tokyo.internal:5000/ticket'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-replicate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/**
 * Runs the script with a crane whose other registry holds the files of `there`, by digest. `copies`: the manifests that a copy
 * brings; `later`: how often a manifest is asked for before the registry's own replication has brought it.
 */
function run(
  given: Record<string, string> = {},
  {
    there = {},
    copies,
    later,
  }: { there?: Record<string, string>; copies?: Record<string, string>; later?: number } = {},
) {
  const [bin, has, copied] = ['bin', 'there', 'copied'].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [bin, has, copied]) mkdirSync(path);
  for (const [digest, text] of Object.entries(there)) writeFileSync(join(has, digest), text);
  for (const [digest, text] of Object.entries(copies ?? {})) writeFileSync(join(copied, digest), text);
  const crane = `#!/bin/sh
echo "$*" >>"$FOLDER/calls"
[ "$1" = --insecure ] && shift
case $1 in
  manifest)
    if [ -n "${later ?? ''}" ] && [ "$(grep -c manifest "$FOLDER/calls")" -gt "${later ?? 0}" ]; then cp "$FOLDER"/copied/* "$FOLDER/there/"; fi
    cat "$FOLDER/there/\${2#*@}" 2>/dev/null || { echo 'MANIFEST_UNKNOWN: not here' >&2; exit 1; } ;;
  copy) ${copies && later === undefined ? 'cp "$FOLDER"/copied/* "$FOLDER/there/"' : 'echo "dial tcp: no route to host" >&2; exit 1'} ;;
esac
`;
  for (const [name, text] of Object.entries({
    crane,
    sleep: '#!/bin/sh\n',
    timeout: '#!/bin/sh\nshift\nexec "$@"\n',
  })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      FOLDER: folder,
      IMAGE: image,
      REPLICA: replica,
      COMMIT: commit,
      DIGEST: digestOf('a'),
      COPY: 'true',
      INSECURE: 'false',
      WAIT: '0',
      RESULT_OUTCOME_PATH: join(folder, 'outcome'),
      ...given,
    },
  });
  const file = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
  return {
    status,
    said: stdout + stderr,
    calls: (file('calls') ?? '').split('\n').slice(0, -1),
    outcome: file('outcome'),
  };
}
const one = '{"layers":[]}';

test('copies by digest, and confirms what the other registry then has', () => {
  const { status, calls, outcome } = run({}, { copies: { [digestOf('a')]: one } });
  expect([status, outcome]).toEqual([0, 'confirmed']);
  expect(calls).toEqual([
    `manifest ${replica}@${digestOf('a')}`,
    `copy ${image}@${digestOf('a')} ${replica}:${commit}`,
    `manifest ${replica}@${digestOf('a')}`,
  ]);
});

test('a replica that is there is confirmed, and nothing is copied', () => {
  const { calls, outcome } = run({}, { there: { [digestOf('a')]: one } });
  expect([calls.length, outcome]).toEqual([1, 'confirmed']);
});

test('an image of several platforms is confirmed with the last of them', () => {
  const index = JSON.stringify({ manifests: [{ digest: digestOf('b') }, { digest: digestOf('c') }] });
  expect(run({ COPY: 'false' }, { there: { [digestOf('a')]: index, [digestOf('b')]: one } }).outcome).toBe('late');
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  const all = { [digestOf('a')]: index, [digestOf('b')]: one, [digestOf('c')]: one };
  expect(run({ COPY: 'false' }, { there: all }).outcome).toBe('confirmed');
});

test("waits for the registry's own replication where that makes the copy", () => {
  const { calls, outcome } = run({ COPY: 'false', WAIT: '30' }, { copies: { [digestOf('a')]: one }, later: 3 });
  expect(outcome).toBe('confirmed');
  expect(calls.every((call) => call.startsWith('manifest'))).toBe(true);
});

test('a registry that cannot be reached makes the replica late, and not the run fail', () => {
  const { status, said, outcome } = run();
  expect([status, outcome]).toEqual([0, 'late']);
  expect(said).toContain(`${replica} does not have ${digestOf('a')} after 0 s`);
});

test('a registry that takes the copy and does not have it is not believed', () => {
  expect(run({}, { copies: { [digestOf('b')]: one } }).outcome).toBe('late');
});

test('speaks plain http only where the site says so', () => {
  expect(run({ INSECURE: 'true' }).calls.every((call) => call.startsWith('--insecure '))).toBe(true);
});

test.each([
  [{ DIGEST: '' }, 'digest'],
  [{ DIGEST: 'sha256:abc' }, 'digest'],
  [{ IMAGE: '--insecure' }, 'image'],
  [{ REPLICA: 'registry/$(touch x)' }, 'image'],
  [{ COMMIT: 'a b' }, 'image'],
])('refuses %j and calls nothing', (given, field) => {
  const { status, said, calls } = run(given);
  expect([status, calls]).toEqual([64, []]);
  expect(said).toContain(`image-replicate: ${field}`);
});
