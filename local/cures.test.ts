import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { cureOf } from './cures.ts';

const folder = mkdtempSync(join(tmpdir(), 'cures-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a person sees when a `go` that says this and fails builds an engine. */
function upWith(goMessage: string) {
  const log = join(folder, 'x.log');
  rmSync(log, { force: true });
  writeFileSync(join(folder, 'go'), `#!/bin/sh\nseq 100\nprintf '%s\\n' '${goMessage}'\nexit 1\n`, { mode: 0o755 });
  const of = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const program = `
    const { command } = await import(${of('./command.ts')});
    const { phase, runPhases } = await import(${of('./phases.ts')});
    const { run } = await import(${of('./machine/process.ts')});
    const engine = phase({ name: 'engine x', run: () => run('go', ['build', './x'], { log: ${JSON.stringify(log)} }) });
    const after = phase({ name: 'image x', needs: { engine }, run: async () => console.log('not to be') });
    const silent = { print() {}, draw() {} };
    await command('scripts/up: starts', [], () => runPhases([engine, after], { sonarqube: true, slackUrl: '' }, silent), 'again');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` },
  });
  return { status, stdout, stderr, log };
}

test('an engine that does not compile ends with the end of its log and the cure', () => {
  const { status, stdout, stderr, log } = upWith('x/main.go:3:9: undefined: y');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr.split('\n')).toEqual([
    `engine x: go build ./x: ended with status 1; the end of ${log}:`,
    ...['94', '95', '96', '97', '98', '99', '100'],
    'x/main.go:3:9: undefined: y',
    expect.stringMatching(/^the source does not compile: .*git status engines.*; again$/),
    '',
  ]);
});

test('a full disk is called so, with where to look', () => {
  const { status, stderr } = upWith('link: /root/.cache/x: no space left on device');
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /no space left on device\nthe disk is full: make room \(df -h \S+ \S+ \/tmp says where\); again\n$/,
  );
});

test.each([
  ['ENOSPC: no space left on device, write', /^the disk is full/],
  ['go: k8s.io/api: Get "https://proxy.golang.org/…": dial tcp: lookup proxy.golang.org: no such host', /network/],
  ['curl: (6) Could not resolve host: repo.maven.apache.org', /network/],
  ['/usr/lib/go/pkg/tool/compile: signal: killed', /^memory ran out/],
  ['cmd/x/main.go:1:2: expected declaration', /does not compile/],
])('%s has a cure', (message, cure) => {
  expect(cureOf(message)).toMatch(cure);
});

test('of what nobody foresaw nothing is said', () => {
  expect(cureOf('the moon is in the way')).toBeUndefined();
});
