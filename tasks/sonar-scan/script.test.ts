import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const script = shell(new URL('./sonar-scan.sh', import.meta.url), 'step');
const token = 'squ_0123456789';

const folder = temporaryFolder('bin', 'scan/sources');

/** Runs the scan step with a scanner that says these lines and ends so. */
function scan(status: number, lines: string[], settings: string[] = []) {
  writeFileSync(
    folder('bin/sonar-scanner'),
    `#!/bin/sh\nprintf '%s\\n' "$@" >"$SCAN/arguments"\ncat <<'END'\n${lines.join('\n')}\nEND\nexit ${status}\n`,
  );
  chmodSync(folder('bin/sonar-scanner'), 0o755);
  const ended = spawnSync('sh', ['-c', script, 'scan', ...settings], {
    encoding: 'utf8',
    env: {
      PATH: `${folder()}/bin:${process.env.PATH}`,
      SCAN: folder('scan'),
      VERDICT: folder(),
      SERVICE: 'ticket',
      COMMIT: 'c'.repeat(40),
      SONAR_TOKEN: token,
      RESULT_REASON_PATH: folder('reason'),
    },
  });
  const read = (name: string) => (existsSync(folder(name)) ? readFileSync(folder(name), 'utf8') : undefined);
  return { status: ended.status, output: ended.stdout, reason: read('reason'), given: read('scan/arguments') ?? '' };
}

test('the scanner gets project, commit and settings as arguments, and not the token', () => {
  const { status, reason, given } = scan(0, ['INFO  ANALYSIS SUCCESSFUL'], ['-Dsonar.sources=.']);
  expect([status, reason]).toEqual([0, undefined]);
  expect(given.split('\n')).toEqual(
    expect.arrayContaining([
      '-Dsonar.projectKey=ticket',
      `-Dsonar.projectVersion=${'c'.repeat(40)}`,
      '-Dsonar.sources=.',
    ]),
  );
  expect(given).not.toContain(token);
});

test('settings of the repository are not read', () => {
  writeFileSync(folder('scan/sources/sonar-project.properties'), 'sonar.host.url=http://elsewhere');
  const { given } = scan(0, []);
  const settings = given.split('\n').find((argument) => argument.startsWith('-Dproject.settings=')) as string;
  expect(readFileSync(settings.split('=')[1] as string, 'utf8')).toBe('');
});

test.each([
  [1, '10:00:00.000 ERROR Failed to query server version: Call to URL [x] failed: Connect timed out'],
  [1, '10:00:00.000 ERROR Not authorized. Please check the user token'],
  [3, '10:00:00.000 ERROR Error during SonarScanner Engine execution'],
])('G21: a scanner that ends with %d passes nothing, in its own words: %s', (status, line) => {
  const ended = scan(status, ['10:00:00.000 INFO  SonarScanner CLI', line, '10:00:01.000 ERROR more']);
  expect([ended.status, ended.reason]).toEqual([
    13,
    `not judged: the scanner ended with ${status}: ${line.replace(/^\S+ ERROR /, '')}`,
  ]);
  expect(ended.output).toContain(line);
});

test('an attempt after a red gate repeats it, and analyses nothing', () => {
  writeFileSync(folder('.refused'), 'quality gate red: coverage is 41, allowed at least 60');
  const { status, reason, given } = scan(0, []);
  expect([status, reason, given]).toEqual([10, 'quality gate red: coverage is 41, allowed at least 60', '']);
});
