import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const script = shell(new URL('./refuse-triggers.sh', import.meta.url), 'step', 'crane');
const own = `registry.example/golang@sha256:${'a'.repeat(64)}`;
const other = `other.example/x@sha256:${'b'.repeat(64)}`;

const folder = temporaryFolder('bin');

/** Runs the step with a crane that says this config of every image. */
function triggers(bases: string, config: string, status = 0) {
  writeFileSync(folder('config'), config);
  writeFileSync(folder('bases'), bases);
  writeFileSync(
    folder('bin/crane'),
    `#!/bin/sh\necho "$*" >>"${folder()}/calls"\ncat "${folder()}/config"\nexit ${status}\n`,
  );
  chmodSync(folder('bin/crane'), 0o755);
  const ended = spawnSync('sh', ['-c', script, 'triggers', `--build-arg=GO_IMAGE=${own}`], {
    encoding: 'utf8',
    env: {
      PATH: `${folder()}/bin:${process.env.PATH}`,
      INSECURE: 'false',
      VERDICT: folder(),
      RESULT_BASES_PATH: folder('bases'),
      RESULT_REASON_PATH: folder('reason'),
    },
  });
  const read = (name: string) => (existsSync(folder(name)) ? readFileSync(folder(name), 'utf8') : '');
  return { status: ended.status, calls: read('calls'), reason: read('reason'), verdict: read('.refused') };
}
const config = (more: string) => `{"architecture":"amd64", "config": {"Env":["A=\\u003cb"]${more}}}\n`;

test("the platform's own base images are not asked for, and neither is none", () => {
  for (const bases of [own, 'none']) expect(triggers(bases, '')).toMatchObject({ status: 0, calls: '' });
});

test('a base image of the push without triggers passes', () => {
  for (const more of ['', ',"OnBuild":null', ',"OnBuild": [ ]', ',"Labels":{"a":"\\"OnBuild\\": [1]"}'])
    expect(triggers(`${own} ${other}`, config(more))).toMatchObject({ status: 0, reason: '' });
  expect(triggers(own, '').calls).toBe(`config ${other}\n`.repeat(4));
});

test.each([
  '"OnBuild":["COPY --from=evil.example/x / /"]',
  '"OnBuild" :\n[ "RUN x"]',
  '"onbuild":["RUN x"]',
  '"OnBuild":null,"ONBUILD":["RUN x"]',
  '"\\u004fnBuild":["RUN x"]',
  '"OnB\\u0075ild":["RUN x"]',
])('one with triggers is refused for good: %s', (more) => {
  const { status, reason, verdict } = triggers(`${own} ${other}`, config(`,${more}`));
  expect([status, verdict]).toEqual([1, reason]);
  expect(reason).toMatch(
    /^Dockerfile: other\.example\/x@sha256:b+: is a base image with ONBUILD triggers, .*; allowed/,
  );
});

test('a registry that does not answer is no refusal', () => {
  expect(triggers(other, '', 1)).toMatchObject({
    status: 1,
    reason: `the registry does not give the config of ${other}`,
    verdict: '',
  });
});
