/** The API servers admit to the namespaces of services what is rendered, with images of these services, and nothing else. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { releasePath } from '../lib/release/releases.ts';
import { podSpecs } from '../lib/rules/placed.ts';
import { commitAndPush } from '../local/loop.ts';
import { until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { type Region, regionOf, registry, seoul } from '../local/topology.ts';
import { environments } from '../overlays/environments/index.ts';
import { sites } from '../trees.testing.ts';
import { type Any, type Change, changes, digest, inSpec, migrationChanges, refusals } from './admission.ts';
import { object } from './cluster.ts';
import { inClone } from './forge.ts';
import { bringUp, released, upMs } from './platform.ts';

beforeAll(async () => {
  await bringUp();
  await released('ticket');
}, upMs + 600_000);

/** What the API server says; a dry run is admitted or refused like any other request. */
const answer = (region: Region, args: string[], input: Any) =>
  kubectl(region, args, JSON.stringify(input)).then(
    () => 'passed',
    ({ message }: Error) => message,
  );

describe('what Argo CD deploys', () => {
  /** The objects of a service as a release makes them. */
  const rendered = (environment: string, service: string): Any[] =>
    sites.local
      .filter(({ path }) => path.startsWith(`rendered/${environment}/${service}/`))
      .map(({ object }) => {
        const made = structuredClone(object);
        if (made.kind === 'Deployment') made.metadata.annotations = { 'tickets.example/commit': '0'.repeat(40) };
        for (const { containers } of podSpecs(made))
          for (const container of containers ?? [])
            container.image = `${registry(regionOf(environment))}/${service}@${digest}`;
        return made;
      });
  const of = (kind: string, service = 'ticket'): Any => rendered('dev', service).find((object) => object.kind === kind);
  /** As Argo CD does, but for the field manager: its own dry runs only compare. */
  const apply = async (environment: string, object: Any, manager = 'argocd') => {
    const as = '--as=system:serviceaccount:argocd:argocd-application-controller';
    const like = ['--server-side', '--force-conflicts', `--field-manager=${manager}`, '--dry-run=server'];
    const region = regionOf(environment);
    // So it does with the Job of the sync before, which nobody can change.
    if (object.kind === 'Job' && object.metadata.name === 'ticket-migrate')
      await kubectl(region, ['delete', 'job', 'ticket-migrate', '-n', environment, '--ignore-not-found']);
    return answer(region, ['apply', as, ...like, '-f', '-'], object);
  };

  test.each(
    environments.flatMap(({ name }) => ['booking', 'ticket', 'live'].map((service) => [service, name] as const)),
  )('Argo CD may deploy %s to %s, as it is rendered, with the digest of a release', async (service, environment) => {
    const objects = rendered(environment, service);
    expect(objects.length).toBeGreaterThanOrEqual(7);
    const output = await Promise.all(objects.map((object) => apply(environment, object)));
    expect(output).toEqual(objects.map(() => 'passed'));
  });

  test('Argo CD may deploy a service that waits for its first release', async () => {
    const waiting = of('Deployment');
    waiting.spec.paused = true;
    waiting.spec.template.spec.containers[0].image = `${registry(seoul)}/ticket`;
    expect(await apply('dev', waiting)).toBe('passed');
  });

  const { selector, template } = of('Deployment').spec;

  test.each(changes(template))('a release may not give a Deployment %s', async (_, words, change) => {
    const deployment = of('Deployment');
    change(deployment);
    expect(await apply('dev', deployment)).toContain(words);
  });

  test.each<[string, string, Change]>([
    ['Service', 'the name of another host', inSpec({ type: 'ExternalName', externalName: 'example.org' })],
    ['Service', 'the pods of another service', inSpec({ selector: { 'app.kubernetes.io/name': 'live' } })],
    ['NetworkPolicy', 'a way out', inSpec({ egress: [{}] })],
    ['NetworkPolicy', 'a way in', inSpec({ ingress: [{}] })],
    ['Ingress', 'the host of another service', inSpec({ rules: [{ host: 'live.dev.localhost' }] })],
    ['HorizontalPodAutoscaler', 'more pods', inSpec({ maxReplicas: 1000 })],
    ['PodDisruptionBudget', 'no disruption at all', inSpec({ maxUnavailable: 0 })],
  ])('a release may not give a %s %s', async (kind, _, change) => {
    const changed = of(kind);
    change(changed);
    expect(await apply('dev', changed)).toContain(refusals.spec);
  });

  // Where services have stores.
  const migration = of('Job');
  if (migration)
    test.each(migrationChanges)('a release may not give the Job of a migration %s', async (_, words, change) => {
      const job = structuredClone(migration);
      change(job);
      expect(await apply('dev', job)).toContain(words);
    });

  test('a release may not give a ServiceAccount a role, or a token', async () => {
    const account = of('ServiceAccount');
    expect(await apply('dev', { ...account, automountServiceAccountToken: true })).toContain(refusals.objects);
    account.metadata.annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/x' };
    expect(await apply('dev', account)).toContain(refusals.annotations);
  });

  const job = { template: { spec: { ...template.spec, restartPolicy: 'Never' } } };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
  const added: Record<string, [string, object]> = {
    Deployment: ['apps/v1', of('Deployment')],
    Pod: ['v1', { spec: template.spec }],
    Job: ['batch/v1', { spec: job }],
    CronJob: ['batch/v1', { spec: { schedule: '* * * * *', jobTemplate: { spec: job } } }],
    ReplicaSet: ['apps/v1', { spec: { selector, template } }],
    StatefulSet: ['apps/v1', { spec: { serviceName: 'x', selector, template } }],
    DaemonSet: ['apps/v1', { spec: { selector, template } }],
    NetworkPolicy: ['networking.k8s.io/v1', { spec: { podSelector: {}, ingress: [{}], egress: [{}] } }],
    EndpointSlice: ['discovery.k8s.io/v1', { addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.1'] }] }],
    ConfigMap: ['v1', { data: {} }],
    RoleBinding: ['rbac.authorization.k8s.io/v1', { roleRef, subjects: [] }],
  };
  test.each(Object.entries(added))('a release may not add a %s', async (kind, [apiVersion, rest]) => {
    const more = { ...rest, apiVersion, kind, metadata: { name: 'other', namespace: 'dev' } };
    expect(await apply('dev', more)).toContain(refusals.objects);
  });

  test('a release may not add an object of another kind with the name of a service', async () => {
    const more = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'ticket', namespace: 'dev' }, spec: template.spec };
    expect(await apply('dev', more)).toContain(refusals.objects);
    expect(await apply('dev', more, 'argocd-controller')).not.toContain(refusals.objects);
  });

  test('what a release file has besides a release is not deployed, and Argo CD says why, until git is right again', async () => {
    const path = releasePath('dev', 'ticket');
    const change = (from: string, to: string) =>
      inClone('platform', async (folder) => {
        const file = join(folder, path);
        const text = readFileSync(file, 'utf8');
        expect(text).toContain(from);
        writeFileSync(file, text.replace(from, to));
        await commitAndPush(folder, 'Change a release file by hand\n');
      });
    const patch = [
      '      metadata:\n',
      '      spec: { template: { spec: { hostNetwork: true } } }\n      metadata:\n',
    ] as const;
    const application = async () => (await object(seoul, 'application', 'ticket-dev', '-n', 'argocd')).status;
    const running = async () =>
      (await object(seoul, 'deployment', 'ticket', '-n', 'dev')).spec.template.spec.hostNetwork;
    await change(...patch);
    try {
      await until('the refusal', 120, async () =>
        (await application()).operationState?.message?.includes(`denied request: ${refusals.pod}`),
      );
      expect(await running()).toBeUndefined();
    } finally {
      await change(patch[1], patch[0]);
    }
    await until('ticket-dev', 240, async () => {
      const { sync, operationState } = await application();
      return sync.status === 'Synced' && operationState.phase === 'Succeeded';
    });
  }, 400_000);
});

describe('pods in the namespaces of services', () => {
  let pod: Any;
  let others: string;
  beforeAll(async () => {
    const { items } = await object(seoul, 'pods', '-n', 'dev', '-l', 'app.kubernetes.io/name=ticket');
    pod = (items as Any[]).find(({ status }) => status.phase === 'Running');
    others = (await object(seoul, 'deployment', 'notifier', '-n', 'notifier')).spec.template.spec.containers[0].image;
  });
  const create = (change: Change) => {
    const { spec } = structuredClone(pod);
    delete spec.nodeName;
    const made = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'admitted', namespace: 'dev' }, spec };
    change(made);
    return answer(seoul, ['create', '--dry-run=server', '-f', '-'], made);
  };

  test('a pod may run the image of a service as its account', async () => {
    expect(await create(() => undefined)).toBe('passed');
  });

  const image =
    (to: (image: string) => string): Change =>
    ({ spec: { containers } }) => {
      containers[0].image = to(containers[0].image);
    };
  const more = (where: 'containers' | 'initContainers') => (it: Any) => {
    const { startupProbe, livenessProbe, readinessProbe, ...container } = it.spec.containers[0];
    it.spec[where] = [...(it.spec[where] ?? []), { ...container, name: 'more', image: others }];
  };
  test.each<[string, Change]>([
    ['an image of the platform', image(() => others)],
    ['an image by its tag', image((own) => own.replace(/@.*/, ':latest'))],
    ['an image by tag and digest', image((own) => own.replace('@', ':latest@'))],
    ['cached layers as its image', image((own) => own.replace('@', '/dependencies@'))],
    [
      'the image of another service',
      ({ spec }) => Object.assign(spec, { serviceAccountName: 'live', serviceAccount: 'live' }),
    ],
    ['a second container with another image', more('containers')],
    ['an init container with another image', more('initContainers')],
  ])('a pod may not have %s', async (_, change) => {
    expect(await create(change)).toContain(refusals.image);
  });

  test('a pod may not have an account that is no service', async () => {
    const account = ({ spec }: Any) =>
      Object.assign(spec, { serviceAccountName: 'default', serviceAccount: 'default' });
    expect(await create(account)).toContain('a pod in dev has to have the ServiceAccount of a service');
  });

  test('a pod that runs may get no other image, also not to debug it', async () => {
    const path = `/api/v1/namespaces/dev/pods/${pod.metadata.name}`;
    // The kubelet may write its status meanwhile.
    delete pod.metadata.resourceVersion;
    const put = (below: string, input: Any) =>
      answer(seoul, ['replace', '--raw', `${path}${below}?dryRun=All`, '-f', '-'], input);
    expect(await put('', pod)).toBe('passed');
    const changed = structuredClone(pod);
    changed.spec.containers[0].image = others;
    expect(await put('', changed)).toContain(refusals.image);
    const debugged = structuredClone(pod);
    const [{ securityContext }] = pod.spec.containers;
    debugged.spec.ephemeralContainers = [{ name: 'debug', image: others, securityContext }];
    expect(await put('/ephemeralcontainers', debugged)).toContain(refusals.image);
  });
});
