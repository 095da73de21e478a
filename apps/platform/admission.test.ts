import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { withDefaults } from '../../lib/kube/defaults.ts';
import { renderTree } from '../../main.ts';
import { environments, fencedIn } from '../../overlays/environments/index.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { siteData, sites } from '../../trees.testing.ts';
import { services } from '../index.ts';
import type { Service } from '../service.ts';
import { postgres } from '../stores.ts';
import { serviceSecrets } from '../variables.ts';

type Named = { name: string; expression: string };
type Policy = {
  matchConditions: Named[];
  variables: Named[];
  validations: { message: string; expression: string }[];
};
/** What a literal of a policy says, as data. */
const data = (variables: Named[], name: string) => {
  const { expression = '' } = variables.find((variable) => variable.name === name) ?? {};
  return JSON.parse(expression.replace(/dyn\(|\)(?=,?\n)/g, ''));
};

describe.each(Object.entries(sites))('the policies of %s', (site, tree) => {
  const policy = (name: string) =>
    tree.find(({ object }) => object.kind === 'ValidatingAdmissionPolicy' && object.metadata.name === name)?.object
      .spec;

  test.each(environments.map((environment) => [environment.name, environment] as const))(
    'a release for %s may have what is rendered for it',
    (namespace, environment) => {
      const { variables, matchConstraints } = policy(`releases-${namespace}`);
      expect(matchConstraints.namespaceSelector.matchLabels).toEqual({ 'kubernetes.io/metadata.name': namespace });
      const rendered = tree.filter(({ object }) => object.metadata.namespace === namespace);
      const names = [...new Set(rendered.map(({ object }) => object.metadata.name as string))];
      // Those of the platform: quota and default of the namespace, the right of the notifier to look at Deployments, and of the fence to end pods.
      const fenced = fencedIn(environment.region).includes(environment) ? ['fence'] : [];
      const platform = ['bounds', 'default-deny', 'notifier', 'prometheus', ...fenced];
      const secrets =
        tree === sites.aws ? serviceSecrets(services, [environment], aws).map((secret) => secret.name) : [];
      const database = siteData[site as keyof typeof sites].stores ? ['ticket-db', 'ticket-migrate'] : [];
      expect(names.sort()).toEqual([...services.map(({ name }) => name), ...platform, ...secrets, ...database].sort());
      for (const name of names) {
        const expected = rendered.flatMap(({ object }) => {
          const { metadata, ...rest } = withDefaults(object);
          const { annotations } = metadata;
          return metadata.name === name
            ? [[object.kind, annotations ? { ...rest, metadata: { annotations } } : rest]]
            : [];
        });
        expect(data(variables, `named_${name.replaceAll('-', '_')}`)).toEqual(Object.fromEntries(expected));
      }
    },
  );

  test.each(environments.map(({ name, region }) => [name, region] as const))(
    'a pod in %s has an image of the registry of %s',
    (environment, region) => {
      const { variables } = policy(`pods-${environment}`);
      const registry = tree === sites.aws ? aws.regions[region].registry : `registry.${region}.internal:5000`;
      expect(data(variables, 'repositories')).toEqual(
        Object.fromEntries(services.map(({ name }) => [name, `${registry}/${name}`])),
      );
    },
  );
});

const plain: Service = {
  name: 'shop',
  stack: 'go',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '64Mi' } },
};

describe('what makes pods in another way has rules of its own, and only where it is rendered', () => {
  const resources = plain.resources;
  const scheduled: Service = { name: 'report', stack: 'go', schedule: '0 3 * * *', resources };
  const stored: Service = { ...plain, name: 'order', uses: { orders: postgres(['migrate']) } };
  const of = (...services: Service[]) =>
    parse(renderTree(aws, services).get('rendered/seoul/admission/validatingadmissionpolicy-releases-dev.yaml') ?? '')
      .spec as Policy;
  const rule = ({ validations }: Policy, message: string) =>
    validations.find((one) => one.message.startsWith(message))?.expression ?? '';
  const image = 'image: has to be';

  test('a Deployment alone', () => {
    const policy = of(plain);
    expect(JSON.stringify(policy)).not.toMatch(/'Job'|CronJob|jobTemplate|variables\.annotations/);
    expect(rule(policy, image)).toMatch(/^object\.kind != 'Deployment' \|\| \(/);
    expect(policy.matchConditions.map(({ name }) => name)).toEqual(['account', 'applies']);
  });

  test('the Job of a migration, of which Argo CD may take its finalizer away whatever it was', () => {
    const policy = of(plain, stored);
    for (const message of ['template.metadata', 'template.spec', 'containers', image])
      expect(rule(policy, message)).toMatch(/^object\.kind != 'Deployment' && object\.kind != 'Job' \|\| \(/);
    expect(rule(policy, 'spec: ')).toMatch(/^object\.kind == 'Job' \? \(.*"template","selector"\]/);
    expect(data(policy.variables, 'repositories')).toMatchObject({
      'order-migrate': expect.stringMatching(/\/order$/),
    });
    expect(policy.matchConditions.at(-1)?.expression).toContain('object.spec != oldObject.spec');
  });

  test('a CronJob, which waits suspended', () => {
    const policy = of(plain, scheduled);
    for (const message of ['template.metadata', 'template.spec', 'containers', image])
      expect(rule(policy, message)).toMatch(/^object\.kind != 'Deployment' && object\.kind != 'CronJob' \|\| \(/);
    expect(rule(policy, 'spec: ')).toContain('"suspend","jobTemplate"]');
    expect(rule(policy, 'jobTemplate: ')).toMatch(/^object\.kind == 'CronJob' \? /);
    expect(rule(policy, image)).toContain('object.spec.?suspend.orValue(false)');
    expect(policy.variables.find(({ name }) => name === 'template')?.expression).toContain('jobTemplate.spec.template');
  });

  test('annotations of the order in which Argo CD applies objects are the rendered ones', () => {
    const policy = of(plain, stored);
    expect(rule(policy, 'metadata: ')).toContain('variables.annotations[key] == object.metadata.annotations[key]');
    expect(data(policy.variables, 'named_order_migrate').Job.metadata.annotations).toEqual({
      'argocd.argoproj.io/hook': 'Sync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
      'argocd.argoproj.io/sync-wave': '-1',
    });
  });
});

test('a service with any name has a variable in CEL', () => {
  const names = ['package', 'image', 'seat-map'];
  const tree = renderTree(
    aws,
    names.map((name) => ({ ...plain, name })),
  );
  const { variables } = parse(
    tree.get('rendered/seoul/admission/validatingadmissionpolicy-releases-dev.yaml') ?? '',
  ).spec;
  const own = (variables as Named[]).map(({ name }) => name).filter((name) => name.startsWith('named_'));
  expect(own).toEqual(expect.arrayContaining(['named_package', 'named_image', 'named_seat_map']));
});

test('a Deployment and a Service get the defaults of the API server, and keep what they say', () => {
  const probe = { httpGet: { path: '/', port: 1, scheme: 'HTTPS' } };
  const container = { name: 'a', ports: [{ containerPort: 1 }], livenessProbe: probe };
  const spec = { serviceAccountName: 'a', dnsPolicy: 'None', containers: [container] };
  const pod = withDefaults({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { template: { spec } },
  }).spec.template.spec;
  expect(pod).toMatchObject({ dnsPolicy: 'None', restartPolicy: 'Always', serviceAccount: 'a' });
  expect(pod.containers[0]).toEqual({
    ...container,
    ports: [{ containerPort: 1, protocol: 'TCP' }],
    livenessProbe: { ...probe, successThreshold: 1 },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 1 }] } };
  expect(withDefaults(service).spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 1, protocol: 'TCP' }] });
  const named = withDefaults({ ...service, spec: { type: 'ExternalName', externalName: 'db.example' } });
  expect(named.spec).toEqual({ type: 'ExternalName', externalName: 'db.example', sessionAffinity: 'None' });
});

test('Jobs, CronJobs and ExternalSecrets get the defaults of the API server, and keep what they say', () => {
  const template = { spec: { serviceAccountName: 'a', restartPolicy: 'Never', containers: [{ name: 'a' }] } };
  const of = (kind: string, spec: object) =>
    withDefaults({ apiVersion: 'batch/v1', kind, metadata: { name: 'a' }, spec }).spec;
  const pod = { dnsPolicy: 'ClusterFirst', restartPolicy: 'Never', serviceAccount: 'a' };
  const job = of('Job', { backoffLimit: 2, completions: 3, template });
  expect(job).toMatchObject({ backoffLimit: 2, completions: 3, parallelism: 1, suspend: false, manualSelector: false });
  expect(job.template.spec).toMatchObject(pod);
  expect(job.template.spec.containers[0]).toMatchObject({ terminationMessagePolicy: 'File' });
  const cronJob = of('CronJob', { schedule: '0 3 * * *', jobTemplate: { spec: { backoffLimit: 0, template } } });
  expect(cronJob).toMatchObject({ schedule: '0 3 * * *', suspend: false });
  // Those of a Job are for a Job alone.
  expect(Object.keys(cronJob.jobTemplate.spec)).toEqual(['backoffLimit', 'template']);
  expect(cronJob.jobTemplate.spec.template.spec).toMatchObject(pod);
  const secret = of('ExternalSecret', { target: { name: 'a' }, data: [{ secretKey: 'k', remoteRef: { key: 'x' } }] });
  expect(secret.target).toEqual({ name: 'a', deletionPolicy: 'Retain' });
  expect(secret.data[0].remoteRef).toMatchObject({ key: 'x', conversionStrategy: 'Default', metadataPolicy: 'None' });
});
