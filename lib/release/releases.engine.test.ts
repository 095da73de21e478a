import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { oneLine } from '../text.ts';
import { formatRelease, type Release, waitingRelease } from './releases.ts';

/** Release files as the real kustomize reads them, whose YAML is Go's and not ours. KUSTOMIZE_BIN names its binary. */
let folder: string;
let kustomize: string;

beforeAll(() => {
  kustomize = process.env.KUSTOMIZE_BIN ?? '';
  if (!kustomize)
    throw new Error(
      'KUSTOMIZE_BIN: given nothing, allowed the path of a kustomize binary; scripts/e2e builds it and sets it',
    );
  folder = mkdtempSync(join(tmpdir(), 'kustomize-'));
  for (const part of ['app', 'release']) mkdirSync(join(folder, part));
  writeFileSync(
    join(folder, 'app/kustomization.yaml'),
    'resources: [all.yaml]\ncomponents: [../release]\nimages: [{ name: ticket, newName: registry.example/ticket }]\n',
  );
  writeFileSync(
    join(folder, 'app/all.yaml'),
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: ticket, namespace: dev, annotations: { kept: "yes" } }
spec: { template: { spec: { containers: [{ name: ticket, image: ticket }] } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: ticket, namespace: dev }
spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ticket } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: ticket-migrate, namespace: dev }
spec: { template: { spec: { containers: [{ name: ticket, image: ticket, args: [migrate] }] } } }
`,
  );
  mkdirSync(join(folder, 'scheduled'));
  writeFileSync(
    join(folder, 'scheduled/kustomization.yaml'),
    'resources: [all.yaml]\ncomponents: [../release]\nimages: [{ name: ticket, newName: registry.example/ticket }]\n',
  );
  writeFileSync(
    join(folder, 'scheduled/all.yaml'),
    `apiVersion: batch/v1
kind: CronJob
metadata: { name: ticket, namespace: dev }
spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: ticket, image: ticket }] } } } } }
`,
  );
});
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true });
});

function build(text: string, app = 'app') {
  writeFileSync(join(folder, 'release/kustomization.yaml'), text);
  const out = execFileSync(kustomize, ['build', join(folder, app)], { encoding: 'utf8' });
  const objects = parseAllDocuments(out).map((document) => document.toJS());
  const of = (kind: string) => objects.find((object) => object.kind === kind);
  return { kinds: objects.map((object) => object.kind), of, deployment: of('Deployment') };
}

const release: Release = {
  service: 'ticket',
  digest: `sha256:${'a'.repeat(64)}`,
  commit: '1234567890'.repeat(4),
  subject: 'x',
  author: 'on',
  run: '1e3',
};

test('waiting: the Deployment is paused, the autoscaler and the Job of the migration are gone', () => {
  const { kinds, deployment } = build(waitingRelease('ticket'));
  expect(kinds).toEqual(['Deployment']);
  expect(deployment.spec.paused).toBe(true);
});

test('released: image by digest, annotations beside those that are there, the autoscaler is back', () => {
  const { kinds, of, deployment } = build(formatRelease(release));
  expect(kinds.sort()).toEqual(['Deployment', 'HorizontalPodAutoscaler', 'Job']);
  expect(of('Job').spec.template.spec.containers[0].image).toBe(`registry.example/ticket@${release.digest}`);
  expect(deployment.spec.paused).toBeUndefined();
  expect(deployment.spec.template.spec.containers[0].image).toBe(`registry.example/ticket@${release.digest}`);
  expect(deployment.metadata.annotations).toEqual({
    kept: 'yes',
    'tickets.example/commit': release.commit,
    'tickets.example/subject': 'x',
    'tickets.example/author': 'on',
    'tickets.example/run': '1e3',
  });
});

test('what runs on a schedule is suspended until it is released', () => {
  const image = (object: ReturnType<ReturnType<typeof build>['of']>) =>
    object.spec.jobTemplate.spec.template.spec.containers[0].image;
  const waiting = build(waitingRelease('ticket'), 'scheduled').of('CronJob');
  expect([waiting.spec.suspend, image(waiting)]).toEqual([true, 'registry.example/ticket']);
  const released = build(formatRelease(release), 'scheduled').of('CronJob');
  expect([released.spec.suspend, image(released)]).toEqual([undefined, `registry.example/ticket@${release.digest}`]);
});

test.each([
  '',
  'yes',
  '~',
  '1_000',
  '0x1F',
  '2026-11-23',
  '# c',
  '---\n...',
  '*x &y !!binary %YAML',
  `": '\\"\n  tickets.example/run: "evil"`,
  'a\rb\u0085c\u2028d\u2029e',
  '$(NAME) $x $$ {{ .x }}',
  '\\u0000 \\x \\',
  '\u00a0nbsp\u3000',
  '\ue000\u{10fffd}\ufffd',
  '👨‍👩‍👧‍👦',
  '가'.repeat(300),
  '💥'.repeat(300),
])('a hostile subject arrives as text: %j', (subject) => {
  const { deployment } = build(formatRelease({ ...release, subject }));
  expect(deployment.metadata.annotations['tickets.example/subject']).toBe(oneLine(subject, 200));
});
