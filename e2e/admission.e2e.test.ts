/** The API servers admit to the namespaces of services what is rendered, with images of these services, and nothing else. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { kubectl } from '../local/region/region.ts';
import { type Region, regions, registry, seoul, tokyo } from '../local/topology.ts';
import { environmentNamed, environments } from '../overlays/environments/index.ts';
import { sites } from '../trees.testing.ts';
import { object } from './cluster.ts';
import { bringUp, released, upMs } from './platform.ts';

beforeAll(async () => {
  await bringUp();
  await released('ticket');
}, upMs + 600_000);

// biome-ignore lint/suspicious/noExplicitAny: an object of any kind, of which each test changes another part
type Any = any;
type Change = (it: Any) => unknown;

/** What the API server says; a dry run is admitted or refused like any other request. */
const answer = (region: Region, args: string[], input: Any) =>
  kubectl(region, args, JSON.stringify(input)).then(
    () => 'passed',
    ({ message }: Error) => message,
  );
const byDigest = 'image: has to be one of the repository of the service, by digest';
const digest = `sha256:${'a'.repeat(64)}`;

describe('what Argo CD deploys', () => {
  const regionOf = (environment: string) =>
    regions.find(({ name }) => name === environmentNamed(environment).region) as Region;
  /** The objects of a service as a release makes them. */
  const rendered = (environment: string, service: string): Any[] =>
    sites.local
      .filter(({ path }) => path.startsWith(`rendered/${environment}/${service}/`))
      .map(({ object }) => {
        const made = structuredClone(object);
        if (made.kind === 'Deployment') {
          made.metadata.annotations = { 'tickets.example/commit': '0'.repeat(40) };
          made.spec.template.spec.containers[0].image = `${registry(regionOf(environment))}/${service}@${digest}`;
        }
        return made;
      });
  const of = (kind: string, service = 'ticket'): Any => rendered('dev', service).find((object) => object.kind === kind);
  const apply = (environment: string, object: Any) => {
    const as = '--as=system:serviceaccount:argocd:argocd-application-controller';
    const like = ['--server-side', '--force-conflicts', '--field-manager=argocd-controller', '--dry-run=server'];
    return answer(regionOf(environment), ['apply', as, ...like, '-f', '-'], object);
  };

  test.each(
    environments.flatMap(({ name }) => ['booking', 'ticket', 'live'].map((service) => [service, name] as const)),
  )('Argo CD may deploy %s to %s, as it is rendered, with the digest of a release', async (service, environment) => {
    const objects = rendered(environment, service);
    expect(objects).toHaveLength(7);
    const said = await Promise.all(objects.map((object) => apply(environment, object)));
    expect(said).toEqual(objects.map(() => 'passed'));
  });

  test('Argo CD may deploy a service that waits for its first release', async () => {
    const waiting = of('Deployment');
    waiting.spec.paused = true;
    waiting.spec.template.spec.containers[0].image = `${registry(seoul)}/ticket`;
    expect(await apply('dev', waiting)).toBe('passed');
  });

  const image = (image: string) => inContainer({ image });
  const inSpec =
    (given: object): Change =>
    ({ spec }) =>
      Object.assign(spec, given);
  const inTemplate =
    (given: object): Change =>
    ({ spec }) =>
      Object.assign(spec.template.metadata, given);
  const inPod =
    (given: object): Change =>
    ({ spec }) =>
      Object.assign(spec.template.spec, given);
  const inContainer =
    (given: object): Change =>
    ({ spec }) =>
      Object.assign(spec.template.spec.containers[0], given);
  const { selector, template } = of('Deployment').spec;
  const { labels } = template.metadata;
  const [theContainer] = template.spec.containers;
  const { livenessProbe, readinessProbe, startupProbe, ...plain } = theContainer;
  const beside = { ...theContainer, name: 'beside' };
  const exec = { command: ['x'] };
  const container = 'containers: has to be the rendered one, but for its image';
  const pod = 'template.spec: has to be the rendered one';
  const metadata = 'template.metadata: has to be the rendered one';
  const spec = 'spec: has to be the rendered one';
  const kept = 'metadata: may have annotations of releases and Argo CD';
  const objects = 'a release for dev may have the objects that are rendered for it, and no other';

  test.each<[string, string, Change]>([
    ['an image by its tag', byDigest, image(`${registry(seoul)}/ticket:latest`)],
    ['an image of another service', byDigest, image(`${registry(seoul)}/live@${digest}`)],
    ['an image of the other region', byDigest, image(`${registry(tokyo)}/ticket@${digest}`)],
    ['cached layers as its image', byDigest, image(`${registry(seoul)}/ticket/dependencies@${digest}`)],
    ['half a digest', byDigest, image(`${registry(seoul)}/ticket@sha256:aaaa`)],
    ['no digest without being paused', byDigest, image(`${registry(seoul)}/ticket`)],
    ['a command of its own', container, inContainer({ command: ['sh'] })],
    ['arguments of its own', container, inContainer({ args: ['-c', 'x'] })],
    ['another environment variable', container, inContainer({ env: [{ name: 'KEY', value: 'x' }] })],
    ['a Secret as its environment', container, inContainer({ envFrom: [{ secretRef: { name: 'x' } }] })],
    ['another port', container, inContainer({ ports: [{ name: 'more', containerPort: 9999 }] })],
    ['a command when it starts', container, inContainer({ lifecycle: { postStart: { exec } } })],
    ['another probe', container, inContainer({ livenessProbe: { httpGet: { path: '/x', port: 'http' } } })],
    ['another limit', container, inContainer({ resources: { limits: { memory: '64Gi' } } })],
    ['a writable root', container, inContainer({ securityContext: { readOnlyRootFilesystem: false } })],
    ['a second container', container, inPod({ containers: [theContainer, beside] })],
    ['an init container', pod, inPod({ initContainers: [{ ...plain, name: 'before' }] })],
    ['a volume of a Secret', pod, inPod({ volumes: [{ name: 'key', secret: { secretName: 'x' } }] })],
    ['another account', pod, inPod({ serviceAccountName: 'default', serviceAccount: 'default' })],
    ['a token of its account', pod, inPod({ automountServiceAccountToken: true })],
    ['the network of the node', pod, inPod({ hostNetwork: true })],
    ['root', pod, inPod({ securityContext: { runAsNonRoot: false, runAsUser: 0 } })],
    ['the label of a caller', metadata, inTemplate({ labels: { ...labels, 'tickets.example/calls-live': 'true' } })],
    ['an annotation of its pods', metadata, inTemplate({ annotations: { 'example.org/inject': 'true' } })],
    ['another strategy', spec, inSpec({ minReadySeconds: 60 })],
    ['an annotation', kept, (it) => Object.assign(it.metadata.annotations, { 'example.org/act': 'true' })],
  ])('a release may not give a Deployment %s', async (_, words, change) => {
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
    expect(await apply('dev', changed)).toContain(spec);
  });

  test('a release may not give a ServiceAccount a role, or a token', async () => {
    const account = of('ServiceAccount');
    expect(await apply('dev', { ...account, automountServiceAccountToken: true })).toContain(objects);
    account.metadata.annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/x' };
    expect(await apply('dev', account)).toContain(kept);
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
    expect(await apply('dev', more)).toContain(objects);
  });

  test('a release may not add an object of another kind with the name of a service', async () => {
    const more = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'ticket', namespace: 'dev' }, spec: template.spec };
    expect(await apply('dev', more)).toContain(objects);
  });
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
    expect(await create(change)).toContain(byDigest);
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
    expect(await put('', changed)).toContain(byDigest);
    const debugged = structuredClone(pod);
    const [{ securityContext }] = pod.spec.containers;
    debugged.spec.ephemeralContainers = [{ name: 'debug', image: others, securityContext }];
    expect(await put('/ephemeralcontainers', debugged)).toContain(byDigest);
  });
});
