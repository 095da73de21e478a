import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { programOf } from '../../lib/program.testing.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const script = (name: string) => shell(new URL(`./${name}.sh`, import.meta.url), 'step');
const folder = temporaryFolder('code/target/classes', 'reports', 'home');

const step = (name: string, args: string[]) =>
  spawnSync('sh', ['-c', script(name).replace('/code', folder('code')), name, ...args], {
    cwd: folder('code'),
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: folder('home'),
      REPORTS: folder('reports'),
      VERDICT: folder('reports'),
      RESULT_REASON_PATH: folder('reason'),
    },
  });
const tests = (...command: string[]) => step('test', command);
const handOver = programOf('tasks/unit-test/hand-over.ts', () => folder('code'));
const report = (...paths: string[]) =>
  handOver(
    {
      ...{ HOME: folder('home'), REPORTS: folder('reports'), VERDICT: folder('reports') },
      RESULT_REASON_PATH: folder('reason'),
    },
    ...paths,
  ).ended;
const reason = () => readFileSync(folder('reason'), 'utf8');
const put = (path: string) => writeFileSync(folder('code', path), path);
const handed = (path: string) => existsSync(folder('reports', path));

describe('the layer cache', () => {
  const layers = () => folder('layers');
  /** A layer as kaniko caches it: an OCI layout, whose blobs are the layer and what is said of it. The first to be saved is the oldest. */
  let saved = 0;
  const save = (name: string, files: Record<string, string>, mode = 'u+rwX') => {
    const [blobs, root] = [join(layers(), `layers:${name}`, 'blobs/sha256'), folder(`root-${name}`)];
    mkdirSync(blobs, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    spawnSync('chmod', ['-R', mode, root]);
    const archive = join(blobs, `${name}1`);
    // As kaniko writes names: without a dot before them.
    expect(spawnSync('tar', ['-C', root, '-czf', archive, ...readdirSync(root)]).status).toBe(0);
    writeFileSync(join(blobs, `${name}0`), '{"layers":[]}');
    utimesSync(archive, ++saved, saved);
    spawnSync('chmod', ['-R', 'u+rwX', root]);
    return archive;
  };
  /** As the user of the step, whom the modes of files bind. */
  const linked = (...folders: string[]) => {
    spawnSync('chown', ['-R', '65532:65532', folder()]);
    const command = ['--reuid=65532', '--regid=65532', '--clear-groups', 'sh', '-c', script('link-cache'), 'step'];
    const env = { PATH: process.env.PATH, HOME: folder('home'), LAYERS: layers() };
    return process.getuid?.() === 0
      ? spawnSync('setpriv', [...command, ...folders], { encoding: 'utf8', env })
      : spawnSync('sh', [...command.slice(4), ...folders], { encoding: 'utf8', env });
  };
  const home = (path: string) => folder('home', path);

  test('is linked where the tests look for it, and nothing else is', () => {
    save('b', { 'root/.m2/repository/a.jar': 'a', 'root/.m2/repository/list': 'old', 'etc/passwd': 'x' });
    save('a', { 'root/.m2/repository/b.jar': 'b', 'root/.m2/repository/list': 'new', 'root/.m2/.wh.gone': '' });
    expect(linked('root/.m2=.m2', 'go/pkg/mod=go/pkg/mod')).toMatchObject({ status: 0, stderr: '' });
    const there = (path: string) => readFileSync(home(path), 'utf8');
    expect(['a.jar', 'b.jar', 'list'].map((name) => there(`.m2/repository/${name}`))).toEqual(['a', 'b', 'new']);
    expect(['etc', '.unpacked', '.m2/.wh.gone'].map((path) => existsSync(home(path)))).toEqual([false, false, false]);
  });

  test('may have read-only folders, as modules of Go, in several layers', () => {
    save('a', { 'go/pkg/mod/x@v1/sub/f.go': 'f' }, 'a-w');
    save('b', { 'go/pkg/mod/x@v1/sub/g.go': 'g', 'go/pkg/mod/x@v1/sub/f.go': 'f' }, 'a-w');
    expect(linked('go/pkg/mod=go/pkg/mod', 'root/go/pkg/mod=go/pkg/mod')).toMatchObject({ status: 0, stderr: '' });
    expect(['f.go', 'g.go'].map((name) => existsSync(home(`go/pkg/mod/x@v1/sub/${name}`)))).toEqual([true, true]);
  });

  test('may have a read-only folder whose files come after those of another', () => {
    save('a', { 'go/pkg/mod/x@v1/f.go': 'f', 'go/pkg/mod/y@v1/g.go': 'g' });
    const names = ['x@v1', 'y@v1', 'y@v1/g.go', 'x@v1/f.go'].map((name) => `go/pkg/mod/${name}`);
    const archive = join(layers(), 'layers:a/blobs/sha256/a1');
    const root = folder('root-a');
    for (const name of ['x@v1', 'y@v1']) chmodSync(join(root, 'go/pkg/mod', name), 0o555);
    expect(spawnSync('tar', ['-C', root, '--no-recursion', '-czf', archive, ...names]).status).toBe(0);
    expect(linked('go/pkg/mod=go/pkg/mod')).toMatchObject({ status: 0, stderr: '' });
    expect(['x@v1/f.go', 'y@v1/g.go'].map((name) => existsSync(home(`go/pkg/mod/${name}`)))).toEqual([true, true]);
    for (const name of ['x@v1', 'y@v1']) chmodSync(join(root, 'go/pkg/mod', name), 0o755);
  });

  test('what the image has is linked too, under what the layers have', () => {
    const image = folder('image').slice(1);
    mkdirSync(folder('image/00'), { recursive: true });
    for (const name of ['a', 'b']) writeFileSync(folder('image/00', name), 'image');
    save('a', { [join(image, '00/b')]: 'layer', [join(image, '01/c')]: 'layer' });
    expect(linked(`${image}=.cache/go-build`)).toMatchObject({ status: 0, stderr: '' });
    const files = ['00/a', '00/b', '01/c'].map((name) => readFileSync(home(`.cache/go-build/${name}`), 'utf8'));
    expect(files).toEqual(['image', 'layer', 'layer']);
    // A layer never changes the image.
    expect(readFileSync(folder('image/00/b'), 'utf8')).toBe('image');
  });

  test('a broken layer is left out', () => {
    const archive = save('a', { 'root/.m2/repository/a.jar': randomBytes(1_000_000).toString('hex') });
    truncateSync(archive, 500_000);
    expect(linked('root/.m2=.m2')).toMatchObject({ status: 0, stdout: '' });
    expect(existsSync(home('.m2/repository'))).toBe(false);
  });

  test('is nothing where no layers were saved', () => {
    mkdirSync(layers());
    expect(linked('root/.m2=.m2')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});

describe('tests that pass', () => {
  beforeEach(() => void tests('true'));

  test('hands on the files and folders that are named and there, in their places', async () => {
    for (const path of ['coverage.out', 'target/classes/A.class', 'secret.txt']) put(path);
    expect(await report('coverage.out', 'target/classes', 'missing.xml')).toMatchObject({ status: 0, err: '' });
    expect([handed('coverage.out'), handed('target/classes/A.class'), handed('secret.txt')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('hands on nothing of an earlier attempt', async () => {
    mkdirSync(folder('reports/target/classes'), { recursive: true });
    writeFileSync(folder('reports/target/classes/Old.class'), '');
    put('target/classes/A.class');
    expect((await report('target/classes')).status).toBe(0);
    expect(readdirSync(folder('reports/target/classes'))).toEqual(['A.class']);
  });

  test('hands on no link, which could lead to the token', async () => {
    symlinkSync('/proc/self/environ', folder('code/coverage.out'));
    symlinkSync('/etc/passwd', folder('code/target/classes/B.class'));
    expect((await report('coverage.out', 'target/classes')).status).toBe(0);
    expect([handed('coverage.out'), handed('target/classes/B.class'), handed('target/classes')]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('hands on nothing through a link to a folder, and writes nothing through one', async () => {
    mkdirSync(folder('code/elsewhere'));
    writeFileSync(folder('code/elsewhere/A.class'), '');
    symlinkSync('elsewhere', folder('code/linked'));
    symlinkSync(folder('code/elsewhere'), folder('reports/target'));
    put('target/classes/A.class');
    expect(await report('linked/A.class', 'target/classes')).toMatchObject({ status: 0, err: '' });
    expect([handed('linked'), readdirSync(folder('reports/target/classes'))]).toEqual([false, ['A.class']]);
    expect(readdirSync(folder('code/elsewhere'))).toEqual(['A.class']);
  });

  test('hands on no file without end', async () => {
    put('coverage.out');
    truncateSync(folder('code/coverage.out'), 2 ** 31);
    expect((await report('coverage.out')).status).toBe(1);
    expect(reason()).toMatch(/coverage\.out: bytes: given "more", allowed at most 1073741824$/);
  });

  test('passes with nothing to hand on', async () => expect((await report()).status).toBe(0));
});

test('output is logged, and processes left running do not block', async () => {
  const { status, stdout } = tests('sh', '-c', 'echo "$1"; echo two >&2; sleep 60 & exit 0', 'x', 'one; $(two)');
  expect([status, stdout]).toEqual([0, 'one; $(two)\ntwo\n']);
  expect((await report()).status).toBe(0);
});

test('the reason names the tests that failed, whatever their language, and nothing of a channel', async () => {
  const output = '--- FAIL: Test예매 (0.00s)\n--- FAIL: A<!channel>`$(touch x)`\n--- FAIL: $HOME\n';
  writeFileSync(folder('said'), output);
  expect(tests('sh', '-c', 'cat "$1"; exit 3', 'x', folder('said')).status).toBe(0);
  expect((await report('coverage.out')).status).toBe(1);
  expect(reason()).toBe('the tests ended with exit code 3; failed: Test예매, A');
});

describe('tried again', () => {
  const again = () => {
    rmSync(folder('home'), { recursive: true });
    mkdirSync(folder('home'));
    return tests('touch', folder('again'));
  };

  test('G24: tests that failed are not run again, and the same is said', async () => {
    tests('sh', '-c', 'echo "--- FAIL: TestA (0.00s)"; exit 2');
    await report();
    expect(again().stdout).toBe('--- FAIL: TestA (0.00s)\n');
    expect((await report()).status).toBe(1);
    expect([existsSync(folder('again')), reason()]).toEqual([false, 'the tests ended with exit code 2; failed: TestA']);
  });

  test('a folder in the place of the log hides no failure', async () => {
    mkdirSync(folder('reports/.refused.log/x'), { recursive: true });
    tests('sh', '-c', 'echo "--- FAIL: TestA (0.00s)"; exit 137');
    expect((await report()).status).toBe(1);
    expect(reason()).toBe('the tests ended with exit code 137; failed: TestA');
    expect(readFileSync(folder('reports/.refused.log'), 'utf8')).toBe('--- FAIL: TestA (0.00s)\n');
  });

  test('G24: what ended without naming a test is run again: packages that were out of reach, no memory left', async () => {
    tests('sh', '-c', 'echo no route to host; exit 1');
    await report();
    expect(reason()).toBe('the tests ended with exit code 1: no route to host');
    again();
    expect([(await report()).status, existsSync(folder('again'))]).toEqual([0, true]);
  });

  test('a link is no refusal, nor is an empty file', async () => {
    tests('true');
    symlinkSync('/etc/hostname', folder('reports/.refused'));
    expect((await report()).status).toBe(0);
    rmSync(folder('reports/.refused'), { force: true });
    writeFileSync(folder('reports/.refused'), '');
    expect((await report()).status).toBe(0);
  });

  test('G24: what was killed is run again: an evicted pod leaves no exit status', async () => {
    tests('sh', '-c', 'exit 0');
    again();
    expect([(await report()).status, existsSync(folder('again'))]).toEqual([0, true]);
  });
});

test.each([
  ['no word', 'true'],
  ['a word that is no number', 'printf "<!channel> 0" >"$HOME/.unit-test/status"'],
  ['a number with a text behind it', 'printf "0 <!x>" >"$HOME/.unit-test/status"'],
  ['a link', 'ln -s /etc/hostname "$HOME/.unit-test/status"'],
  ['a folder', 'mkdir "$HOME/.unit-test/status"'],
  ['a pipe', 'mkfifo "$HOME/.unit-test/status"'],
])('tests of whose end there is %s have not passed', async (_, leaves) => {
  mkdirSync(folder('home/.unit-test'));
  expect(spawnSync('sh', ['-c', leaves], { env: { ...process.env, HOME: folder('home') } }).status).toBe(0);
  expect((await report()).status).toBe(1);
  expect(reason()).toBe('the tests ended with exit code none');
});
