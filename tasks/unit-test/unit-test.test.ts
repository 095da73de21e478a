import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const script = (name: string) => readFileSync(fileURLToPath(new URL(`./${name}.sh`, import.meta.url)), 'utf8');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unit-test-'));
  for (const name of ['code/target/classes', 'reports', 'home']) mkdirSync(join(folder, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const step = (name: string, args: string[], env: Record<string, string> = {}) =>
  spawnSync('sh', ['-c', script(name).replace('/code', join(folder, 'code')), name, ...args], {
    cwd: join(folder, 'code'),
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: join(folder, 'home'),
      REPORTS: join(folder, 'reports'),
      RESULT_REASON_PATH: join(folder, 'reason'),
      ...env,
    },
  });
const tests = (...command: string[]) => step('test', command);
const report = (...paths: string[]) => step('report', paths);
const reason = () => readFileSync(join(folder, 'reason'), 'utf8');
const put = (path: string) => writeFileSync(join(folder, 'code', path), path);
const handed = (path: string) => existsSync(join(folder, 'reports', path));

describe('what kept layers have fetched', () => {
  const layers = () => join(folder, 'layers');
  /** A layer as kaniko keeps it: an OCI layout, whose blobs are the layer and what is said of it. */
  const keep = (name: string, files: Record<string, string>) => {
    const [blobs, root] = [join(layers(), `layers:${name}`, 'blobs/sha256'), join(folder, 'root')];
    mkdirSync(blobs, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const archive = join(blobs, `${name}1`);
    expect(spawnSync('tar', ['-C', root, '-czf', archive, ...Object.keys(files)]).status).toBe(0);
    writeFileSync(join(blobs, `${name}0`), '{"layers":[]}');
    return archive;
  };
  const restored = (...folders: string[]) => step('dependencies', folders, { LAYERS: layers() });
  const home = (path: string) => join(folder, 'home', path);

  test('is where the tests look for it, and nothing else of them is', () => {
    keep('a', { 'root/.m2/repository/a.jar': 'a', 'etc/passwd': 'x' });
    keep('b', { 'root/.m2/repository/b.jar': 'b' });
    expect(restored('root/.m2=.m2', 'go/pkg/mod=go/pkg/mod')).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(home('.m2/repository/a.jar'), 'utf8')).toBe('a');
    expect(existsSync(home('.m2/repository/b.jar'))).toBe(true);
    expect(existsSync(home('etc'))).toBe(false);
  });

  test('is left out where it is broken: the tests fetch it themselves', () => {
    const archive = keep('a', { 'root/.m2/repository/a.jar': randomBytes(1_000_000).toString('hex') });
    truncateSync(archive, 500_000);
    expect(restored('root/.m2=.m2').status).toBe(0);
    expect(existsSync(home('.m2'))).toBe(false);
  });

  test('is nothing where no layers were kept', () => {
    mkdirSync(layers());
    expect(restored('root/.m2=.m2')).toMatchObject({ status: 0, stdout: '' });
  });
});

describe('tests that pass', () => {
  beforeEach(() => void tests('true'));

  test('hands on the files and folders that are named and there, in their places', () => {
    for (const path of ['coverage.out', 'target/classes/A.class', 'secret.txt']) put(path);
    expect(report('coverage.out', 'target/classes', 'missing.xml')).toMatchObject({ status: 0, stderr: '' });
    expect([handed('coverage.out'), handed('target/classes/A.class'), handed('secret.txt')]).toEqual([
      true,
      true,
      false,
    ]);
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
});

test('what the tests say is in the log, and what they leave running holds nobody up', () => {
  const { status, stdout } = tests('sh', '-c', 'echo "$1"; echo two >&2; sleep 60 & exit 0', 'x', 'one; $(two)');
  expect([status, stdout]).toEqual([0, 'one; $(two)\ntwo\n']);
  expect(report().status).toBe(0);
});

test.each([
  ['go test', '=== RUN\n    --- FAIL: TestA/b (0.00s)\n--- FAIL: TestA (0.00s)\n', 'TestA/b, TestA'],
  ['Surefire', '[ERROR] Failures: \n[ERROR]   ATest.isB:12 expected\n[ERROR] Tests run: 3\n', 'ATest.isB'],
  ['unittest', 'FAIL: test_a (tests.ATest.test_a)\nERROR: test_b (x)\n', 'test_a, test_b'],
  ['a compiler', './main.go:3:1: undefined: x\n\u0007FAIL\ttickets.example/ticket [build failed]\n\n', undefined],
  ['Maven, of a project', '[ERROR]   The project x:y:1 has 1 error\n', undefined],
  ['pip', 'ERROR: Could not find a version\n', undefined],
  ['somebody who means harm', '--- FAIL: A<!channel>`$(touch x)`\n--- FAIL: $HOME\n', 'A'],
])('the reason names the tests that failed, as %s does', (_, said, names) => {
  writeFileSync(join(folder, 'said'), said);
  expect(tests('sh', '-c', 'cat "$1"; exit 3', 'x', join(folder, 'said')).status).toBe(0);
  expect(report('coverage.out').status).toBe(1);
  const last = said
    .trim()
    .split('\n')
    .at(-1)
    ?.replaceAll(/[^ -~]/g, '');
  expect(reason()).toBe(`the tests ended with exit code 3${names ? `; failed: ${names}` : `: ${last}`}`);
});

test('G24: tests that failed are not run again, and the same is said; those that were killed are', () => {
  tests('sh', '-c', 'echo too bad; exit 2');
  report();
  rmSync(join(folder, 'home'), { recursive: true });
  mkdirSync(join(folder, 'home'));
  expect(tests('touch', join(folder, 'again')).stdout).toBe('too bad\n');
  expect(report().status).toBe(1);
  expect([existsSync(join(folder, 'again')), reason()]).toEqual([false, 'the tests ended with exit code 2: too bad']);
  // A pod that was taken away leaves no word.
  rmSync(join(folder, 'reports/.failed'));
  tests('touch', join(folder, 'again'));
  expect([report().status, existsSync(join(folder, 'again'))]).toEqual([0, true]);
});

test.each([
  ['no word', 'true'],
  ['a word that is no number', 'printf "<!channel> 0" >"$HOME/.unit-test/status"'],
  ['a link', 'ln -s /etc/hostname "$HOME/.unit-test/status"'],
  ['a pipe', 'mkfifo "$HOME/.unit-test/status"'],
])('tests of whose end there is %s have not passed', (_, leaves) => {
  mkdirSync(join(folder, 'home/.unit-test'));
  expect(spawnSync('sh', ['-c', leaves], { env: { ...process.env, HOME: join(folder, 'home') } }).status).toBe(0);
  expect(report().status).toBe(1);
  expect(reason()).toBe('the tests ended with exit code none');
});
