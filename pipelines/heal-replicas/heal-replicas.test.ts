import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const script = readFileSync(fileURLToPath(new URL('./heal-replicas.sh', import.meta.url)), 'utf8');
const commit = (digit: string) => digit.repeat(40);
const digest = `sha256:${'d'.repeat(64)}`;
const signatures = digest.replace(':', '-');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heal-replicas-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script with a crane that knows these tags by repository; a repository that is not named answers 404, `down` not at all. */
function run(
  repositories: Record<string, string[]>,
  { down = [] as string[], refuses = '', signed = true, signatures = true } = {},
) {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, tags] of Object.entries(repositories))
    writeFileSync(join(folder, name.replace('/', '_')), `${tags.join('\n')}\n`);
  for (const name of down) writeFileSync(join(folder, `${name.replace('/', '_')}.down`), '');
  const crane = `#!/bin/sh
[ "$1" = --insecure ] && shift
file=$FOLDER/$(printf '%s' "$2" | tr / _)
case $1 in
  ls) [ -e "$file.down" ] && { echo 'dial tcp: no route to host' >&2; exit 1; }
      cat "$file" 2>/dev/null || { echo 'NAME_UNKNOWN: no such repository' >&2; exit 1; } ;;
  digest) echo ${digest} ;;
  manifest) case $2 in
      *@*) echo '{"annotations":{"dev.sigstore.bundle.predicateType":"https://${signed ? 'slsa.dev/provenance' : 'cyclonedx.org/bom'}/v1"}}' ;;
      *) echo '{"manifests":[{"digest":"${digest}"}]}' ;;
    esac ;;
  copy) case $3 in *${refuses || 'nothing'}*) echo 'TAG_INVALID: the tag is immutable' >&2; exit 1 ;; esac
        echo "$2 $3" >>"$FOLDER/copies" ;;
esac
`;
  for (const [name, text] of Object.entries({ crane, timeout: '#!/bin/sh\nshift\nexec "$@"\n' })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      FOLDER: folder,
      SERVICES: 'booking ticket',
      HOME_REGISTRY: 'seoul',
      STANDBY: 'tokyo',
      INSECURE: 'false',
      SIGNATURES: String(signatures),
    },
  });
  const copies = join(folder, 'copies');
  return {
    status,
    said: stdout + stderr,
    copies: existsSync(copies) ? readFileSync(copies, 'utf8').split('\n').slice(0, -1) : [],
  };
}

test('copies what the standby lacks, by digest, and nothing else', () => {
  const { status, copies } = run({
    'seoul/booking': [commit('a'), signatures],
    'seoul/ticket': [commit('b'), commit('c'), signatures, 'latest'],
    'tokyo/ticket': [commit('b')],
  });
  expect(status).toBe(0);
  expect(copies).toEqual([
    `seoul/booking:${signatures} tokyo/booking:${signatures}`,
    `seoul/booking@${digest} tokyo/booking:${commit('a')}`,
    `seoul/ticket:${signatures} tokyo/ticket:${signatures}`,
    `seoul/ticket@${digest} tokyo/ticket:${commit('c')}`,
  ]);
});

test('brings back signatures that the standby lost, though it has the image', () => {
  const { status, copies } = run({
    'seoul/ticket': [commit('b'), signatures],
    'tokyo/ticket': [commit('b')],
  });
  expect([status, copies]).toEqual([0, [`seoul/ticket:${signatures} tokyo/ticket:${signatures}`]]);
});

test('an image whose provenance is not signed yet waits, which is told and no fault', () => {
  expect(run({ 'seoul/ticket': [commit('b'), signatures] }, { signed: false })).toEqual({
    status: 0,
    said: `heal-replicas: ticket:${commit('b')} waits: its provenance is not signed\n`,
    copies: [],
  });
});

test('where what is signed cannot be copied, the image is not copied either', () => {
  const { status, copies } = run({ 'seoul/ticket': [commit('b'), signatures] }, { refuses: signatures });
  expect([status, copies]).toEqual([1, []]);
});

test('where registries bring what is signed themselves, it copies the image alone', () => {
  const { copies } = run({ 'seoul/ticket': [commit('b'), signatures] }, { signatures: false });
  expect(copies).toEqual([`seoul/ticket@${digest} tokyo/ticket:${commit('b')}`]);
});

test('with nothing missing, or nothing there yet, it does nothing', () => {
  const all = [commit('b'), signatures];
  expect(run({ 'seoul/ticket': all, 'tokyo/ticket': all })).toEqual({
    status: 0,
    said: '',
    copies: [],
  });
});

test('a registry out of reach is told and fails the job, and the other services are healed', () => {
  const { status, said, copies } = run(
    { 'seoul/booking': [commit('a'), signatures], 'seoul/ticket': [commit('b'), signatures] },
    { down: ['tokyo/booking'] },
  );
  expect([status, copies.length]).toEqual([1, 2]);
  expect(said).toContain('heal-replicas: tokyo/booking: dial tcp: no route to host');
});

test('a copy that is refused is told and fails the job, and the others are made', () => {
  const { status, said, copies } = run(
    { 'seoul/ticket': [commit('b'), commit('c'), signatures] },
    { refuses: commit('b') },
  );
  expect(status).toBe(1);
  expect(copies).toContain(`seoul/ticket@${digest} tokyo/ticket:${commit('c')}`);
  expect(said).toContain(`ticket:${commit('b')}: TAG_INVALID: the tag is immutable`);
});
