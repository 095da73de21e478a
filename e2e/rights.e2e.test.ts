/** The EventListener starts deliveries of services and nothing else, `release` writes release files of dev, the notifier writes what it notified and the fence ends pods of prod, and nothing else. */
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubectl } from '../local/region/region.ts';
import { git } from '../local/seed/git.ts';
import { secrets } from '../local/seed/secrets.ts';
import { type Region, seoul, tokyo } from '../local/topology.ts';
import { deleteRun, runFromTemplate, started } from './cluster.ts';
import { deliver, event } from './deliveries.ts';
import { inClone } from './forge.ts';
import { bringUp, upMs } from './platform.ts';
import { foreignRuns, type Run, taskSpec } from './rights.ts';

beforeAll(bringUp, upMs);

/** What the API server says to an account; a dry run is admitted or refused like any other request. */
const answer = (region: Region, account: string, args: string[], input?: object) =>
  kubectl(
    region,
    [...args, `--as=system:serviceaccount:${account}`, '--dry-run=server', '-o', 'name'],
    input && JSON.stringify(input),
  ).then(
    () => 'passed',
    ({ message }: Error) => message,
  );

describe('runs of the EventListener', () => {
  const create = async (change: (run: Run) => void) => {
    const run = await runFromTemplate('ticket', randomBytes(20).toString('hex'));
    run.metadata.namespace = 'ci';
    change(run);
    return answer(seoul, 'ci:listen', ['create', '-f', '-'], run);
  };
  test('the EventListener may start what a trigger template says', async () => {
    expect(await create(() => undefined)).toBe('passed');
    const labels = Object.fromEntries(
      ['eventlistener', 'trigger', 'triggers-eventid'].map((key) => [`triggers.tekton.dev/${key}`, 'x']),
    );
    expect(await create(({ metadata }) => Object.assign(metadata.labels, labels))).toBe('passed');
  });

  test.each(foreignRuns)('the EventListener may not start %s', async (_, words, change) => {
    expect(await create(change)).toContain(words);
  });

  test('people are not held to it', async () => {
    const name = `person-${Date.now()}`;
    const metadata = { name, namespace: 'ci' };
    const spec = { pipelineSpec: { tasks: [{ name: 'read', taskSpec }] } };
    const run = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata, spec };
    const args = ['create', '-f', '-', '--dry-run=server', '-o', 'name'];
    expect(await kubectl(seoul, args, JSON.stringify(run))).toContain(name);
  });
});

describe('pushes of the robot', () => {
  /** What the forge says to a push of main of the platform repository with the token that the step of `release` holds. */
  const pushed = (change: (folder: string) => unknown, ref: string) =>
    inClone('platform', async (folder) => {
      await change(folder);
      await git(['add', '--all', '.'], folder);
      await git(['commit', '--quiet', '--allow-empty', '--message', 'Must be refused'], folder);
      return git(['push', 'origin', ref], folder, secrets().robotToken).then(
        () => 'passed',
        ({ message }: Error) => message,
      );
    });
  const main = 'HEAD:refs/heads/main';
  const append = (folder: string, file: string) => appendFileSync(join(folder, file), '# changed\n');
  const released = 'releases/dev/ticket/kustomization.yaml';

  test.each<[string, (folder: string) => unknown, ref: string]>([
    ['what is rendered', (folder) => append(folder, 'rendered/seoul/argocd/application-ticket-dev.yaml'), main],
    ['a release to prod', (folder) => append(folder, 'releases/prod/ticket/kustomization.yaml'), main],
    [
      'a release to dev with something else',
      (folder) => {
        append(folder, released);
        append(folder, 'rendered/more.yaml');
      },
      main,
    ],
    ['another file beside a release', (folder) => append(folder, 'releases/dev/ticket/more.yaml'), main],
    [
      'a history without the last commit',
      (folder) => git(['reset', '--quiet', '--hard', 'HEAD~1'], folder),
      '+HEAD:refs/heads/main',
    ],
    ['no main at all', () => undefined, ':refs/heads/main'],
  ])('the token of release cannot push %s', async (_, change, ref) => {
    expect(await pushed(change, ref)).toMatch(/protected|cannot be deleted/);
  });
});

describe('writes of the notifier', () => {
  let run = 'none';
  beforeAll(async () => {
    // Of a commit that no repository has: it ends at once.
    const commit = randomBytes(20).toString('hex');
    await deliver({ body: JSON.stringify(event('ticket', commit)) });
    run = (await started(commit)).metadata.name;
  }, 150_000);
  afterAll(() => deleteRun(run, '--wait=false'));

  const places: Record<string, { region: Region; object: () => string[] }> = {
    'Application of Seoul': { region: seoul, object: () => ['application', 'ticket-prod', '-n', 'argocd'] },
    'Application of Tokyo': { region: tokyo, object: () => ['application', 'ticket-dr', '-n', 'argocd'] },
    PipelineRun: { region: seoul, object: () => ['pipelinerun', run, '-n', 'ci'] },
  };
  const patched = (kind: string, patch: object) => {
    const { region, object } = places[kind] as { region: Region; object: () => string[] };
    return answer(region, 'notifier:notifier', ['patch', ...object(), '--type=merge', `-p=${JSON.stringify(patch)}`]);
  };

  test.each(Object.keys(places))('the notifier may record what it notified: %s', async (kind) => {
    const patch = { metadata: { annotations: { 'notifier.tickets.example/notified': '{}' } } };
    expect(await patched(kind, patch)).toBe('passed');
  });

  const ofApplications = [
    { spec: { source: { repoURL: 'https://example.org/x.git' } } },
    // By which Argo CD synchronises at once, to anything.
    { operation: { sync: {} } },
    { status: { reconciledAt: null } },
  ];
  const ofAll = [
    { metadata: { labels: { x: 'y' } } },
    { metadata: { finalizers: ['example.org/x'] } },
    { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' } } },
  ];
  test.each(
    Object.keys(places).flatMap((kind) =>
      [...(kind === 'PipelineRun' ? [{ spec: { status: 'Cancelled' } }] : ofApplications), ...ofAll].map(
        (patch) => [`${kind} ${JSON.stringify(patch)}`, kind, patch] as const,
      ),
    ),
  )('the notifier may write nothing else: %s', async (_, kind, patch) => {
    expect(await patched(kind, patch)).toContain('notifier may write');
  });
});

describe('the fence of Seoul', () => {
  const can = (namespace: string, verb: string, what: string) =>
    kubectl(seoul, [
      'auth',
      'can-i',
      verb,
      ...what.split(' '),
      '-n',
      namespace,
      '--as=system:serviceaccount:fence:fence',
    ]).then(
      () => true,
      () => false,
    );
  test.each([
    ['prod', 'list', 'pods'],
    ['prod', 'delete', 'pods'],
    ['prod', 'create', 'resourcequotas'],
    ['prod', 'delete', 'resourcequotas/no-pods'],
    ['prod', 'patch', 'replicasets --subresource=status'],
    ['fence', 'get', 'secrets/writer-epoch'],
  ])('may in %s %s %s', async (...what) => expect(await can(...what)).toBe(true));

  test.each([
    ['dev', 'delete', 'pods'],
    ['prod', 'create', 'pods'],
    ['prod', 'delete', 'resourcequotas/bounds'],
    ['prod', 'patch', 'replicasets'],
    ['prod', 'patch', 'deployments'],
    ['prod', 'get', 'secrets'],
    ['fence', 'update', 'secrets/writer-epoch'],
    ['argocd', 'get', 'applications.argoproj.io'],
  ])('may not in %s %s %s', async (...what) => expect(await can(...what)).toBe(false));
});
