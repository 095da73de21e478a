import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const script = shell(new URL('./image-push.sh', import.meta.url), 'step', 'crane');
const commit = '0123456789abcdef0123456789abcdef01234567';
const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const image = 'registry.internal:5000/ticket';

const folder = temporaryFolder();

const absent = 'Error: HEAD request failed, falling back on GET\nError: MANIFEST_UNKNOWN: manifest unknown';

/** Runs the script with a crane of which `tag` is what the registry has, or how it fails, before and after a push. */
function run({
  before = absent,
  after = digest,
  given = {},
}: {
  before?: string;
  after?: string;
  given?: Record<string, string>;
} = {}) {
  const bin = folder('bin');
  mkdirSync(bin);
  writeFileSync(folder('before'), before);
  writeFileSync(folder('after'), after);
  writeFileSync(
    join(bin, 'crane'),
    `#!/bin/sh
printf '%s\\n' "$*" >>"$SAID/calls"
for word; do case $word in
  push) cp "$SAID/after" "$SAID/before"; echo 'no space left on device' >&2; exit "$PUSH_STATUS" ;;
  digest)
    said=$(cat "$SAID/before")
    case $said in Error*) printf '%s\\n' "$said" >&2; exit 1 ;; esac
    echo '2026/11/23 a warning on the way' >&2
    printf '%s\\n' "$said"; exit 0 ;;
esac; done
`,
  );
  chmodSync(join(bin, 'crane'), 0o755);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      LAYOUT: folder('layout'),
      SAID: folder(),
      IMAGE: image,
      COMMIT: commit,
      DIGEST: digest,
      INSECURE: 'false',
      PUSH_STATUS: '0',
      RESULT_DIGEST_PATH: folder('digest'),
      RESULT_REFERENCE_PATH: folder('reference'),
      RESULT_REASON_PATH: folder('reason'),
      ...given,
    },
  });
  const file = (name: string) => (existsSync(folder(name)) ? readFileSync(folder(name), 'utf8') : undefined);
  return {
    status,
    output: stdout + stderr,
    calls: (file('calls') ?? '').split('\n').filter((line) => line !== ''),
    results: [file('digest'), file('reference')],
    reason: file('reason'),
  };
}

test('pushes, reads the digest back and reports it', () => {
  const { status, calls, results } = run();
  expect(status).toBe(0);
  expect(calls).toEqual([
    `digest ${image}:${commit}`,
    `push ${folder()}/layout ${image}:${commit}`,
    `digest ${image}:${commit}`,
  ]);
  expect(results).toEqual([digest, `${image}@${digest}`]);
});

test('a tag with the same digest is success, and nothing is pushed', () => {
  const { status, calls, results } = run({ before: digest });
  expect([status, calls.length]).toEqual([0, 1]);
  expect(results).toEqual([digest, `${image}@${digest}`]);
});

test('G12: a tag that is there with another digest is never moved', () => {
  const { status, output, calls, results, reason } = run({ before: other });
  expect([status, calls.length]).toEqual([3, 1]);
  // What Slack is sent.
  expect(reason).toMatch(/is there already as .*; tags of commits do not move: push a new commit$/);
  expect(output).toContain(`${image}:${commit} is there already as ${other} and was built as ${digest}`);
  expect(results).toEqual([undefined, undefined]);
});

test('G11: fails when the registry has something else after the push', () => {
  const { status, output, results } = run({ after: other });
  expect(status).toBe(3);
  expect(output).toContain(`was built as ${digest} and the registry has it as ${other}`);
  expect(results).toEqual([undefined, undefined]);
});

test('fails if the push fails, or if nothing is there after it', () => {
  expect(run({ given: { PUSH_STATUS: '7' } })).toMatchObject({
    status: 1,
    reason: `${image}:${commit} could not be pushed: no space left on device`,
  });
  rmSync(folder('bin'), { recursive: true });
  const { status, output } = run({ after: absent });
  expect([status, output]).toEqual([1, `image-push: ${image}:${commit} is not there after it was pushed\n`]);
});

test('a failing registry is not one without the tag', () => {
  const { status, output, calls } = run({ before: 'Error: unexpected status code 503 Service Unavailable' });
  expect([status, calls.length]).toEqual([1, 1]);
  expect(output).toContain('the registry does not say what it has');
  expect(output).toContain('503 Service Unavailable');
  rmSync(folder('bin'), { recursive: true });
  expect(run({ before: `Error: ${'x'.repeat(5_000)}` }).reason).toHaveLength(900);
});

test('an answer without a digest is not an absent tag', () => {
  const { status, output, calls } = run({ before: '' });
  expect([status, calls.length]).toEqual([1, 1]);
  expect(output).toContain(`image-push: the registry does not say what it has as ${image}:${commit}: 2026/11/23`);
});

test.each(['NAME_UNKNOWN: repository name not known to registry', 'unexpected status code 404 Not Found'])(
  'pushes to a repository that says %s',
  (words) => expect(run({ before: `Error: ${words}` }).status).toBe(0),
);

test('speaks plain HTTP only if the site says so', () => {
  expect(run({ given: { INSECURE: 'true' } }).calls.every((call) => call.startsWith('--insecure '))).toBe(true);
});

test.each([
  [{ DIGEST: '' }, 'digest'],
  [{ DIGEST: 'sha256:' }, 'digest'],
  [{ DIGEST: 'sha256:abc' }, 'digest'],
  [{ DIGEST: `sha256:${'a'.repeat(63)};` }, 'digest'],
  [{ DIGEST: `md5:${'a'.repeat(64)}` }, 'digest'],
  [{ IMAGE: '--insecure' }, 'image'],
  [{ IMAGE: `registry/ticket@${digest}` }, 'image'],
  [{ IMAGE: 'registry/$(touch x)' }, 'image'],
  [{ COMMIT: 'a b' }, 'image'],
])('refuses %j and calls nothing', (given, field) => {
  const { status, output, calls } = run({ given });
  expect([status, calls]).toEqual([64, []]);
  expect(output).toContain(`image-push: ${field}: allowed is`);
});
