import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { withDefaults } from '../../lib/kube/defaults.ts';
import { renderTree } from '../../main.ts';
import { environments } from '../../overlays/environments/index.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { sites } from '../../trees.testing.ts';
import { services } from '../index.ts';
import { ticket } from '../ticket.ts';

type Named = { name: string; expression: string };
/** What a literal of a policy says, as data. */
const data = (variables: Named[], name: string) => {
  const { expression = '' } = variables.find((variable) => variable.name === name) ?? {};
  return JSON.parse(expression.replace(/dyn\(|\)(?=,?\n)/g, ''));
};

describe.each(Object.entries(sites))('the policies of %s', (_, tree) => {
  const policy = (name: string) =>
    tree.find(({ object }) => object.kind === 'ValidatingAdmissionPolicy' && object.metadata.name === name)?.object
      .spec;

  test.each(environments.map(({ name }) => name))(
    'a release for %s may have what is rendered for it',
    (environment) => {
      const { variables, matchConstraints } = policy(`releases-${environment}`);
      expect(matchConstraints.namespaceSelector.matchLabels).toEqual({ 'kubernetes.io/metadata.name': environment });
      const rendered = tree.filter(({ object }) => object.metadata.namespace === environment);
      const names = [...new Set(rendered.map(({ object }) => object.metadata.name as string))];
      // Those of the platform: quota and default of the namespace, and the right of the notifier to look at Deployments.
      expect(names.sort()).toEqual([...services.map(({ name }) => name), 'bounds', 'default-deny', 'notifier'].sort());
      for (const name of names) {
        const expected = rendered.flatMap(({ object }) => {
          const { metadata, ...rest } = withDefaults(object);
          return metadata.name === name ? [[object.kind, rest]] : [];
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

test('a service with any name has a variable in CEL', () => {
  const names = ['package', 'image', 'seat-map'];
  const tree = renderTree(
    aws,
    names.map((name) => ({ ...ticket, name })),
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
  expect(withDefaults({ ...service, spec: { type: 'ExternalName' } }).spec).toMatchObject({ type: 'ExternalName' });
});
