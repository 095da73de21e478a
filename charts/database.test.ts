import { expect, test } from '@jest/globals';
import { manifests } from '../lib/kube/render.ts';
import { database } from './database.ts';

const pod = {
  name: 'shop',
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '1Gi' } },
  env: [
    { name: 'PGHOST', value: 'shop-db' },
    { name: 'PGPASSWORD', secret: { name: 'shop-postgres', key: 'password' } },
  ],
  callees: [{ name: 'stock', port: 7000 }],
  places: [{ cidr: '10.0.0.9/32', port: 9092 }],
};
const places = ['10.0.0.2/32', '10.0.0.3/32'].map((cidr) => ({ cidr, port: 5432 }));
const render = (writer?: string) => {
  const of = { host: 'shop-db', port: 5432, writer, places, migrate: ['migrate', '--wait'] };
  const objects = manifests('test', (chart) => database(chart, pod, of));
  return Object.fromEntries(objects.map((object) => [object.kind, object]));
};
const wave = ({ metadata }: { metadata: { annotations: Record<string, string> } }) =>
  Number(metadata.annotations['argocd.argoproj.io/sync-wave']);

test('the Job runs the image of the service with the arguments and the environment that it gets, as its account', () => {
  const { spec, metadata } = render().Job;
  const [container, ...others] = spec.template.spec.containers;
  expect([metadata.name, container.image, others]).toEqual(['shop-migrate', 'shop', []]);
  expect([container.command, container.args]).toEqual([undefined, ['migrate', '--wait']]);
  expect(container.env).toEqual([
    { name: 'PGHOST', value: 'shop-db' },
    { name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name: 'shop-postgres', key: 'password' } } },
  ]);
  expect(spec.template.spec).toMatchObject({
    serviceAccountName: 'shop',
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('it ends by itself, also when the database never comes', () => {
  const { backoffLimit, activeDeadlineSeconds } = render().Job.spec;
  expect([backoffLimit, activeDeadlineSeconds]).toEqual([2, 300]);
});

test('Argo CD runs it at each sync, after the Service and the NetworkPolicy that it needs, and before the Deployment', () => {
  const { Job, Service, NetworkPolicy } = render();
  expect(Job.metadata.annotations).toMatchObject({
    'argocd.argoproj.io/hook': 'Sync',
    'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
  });
  expect([wave(Service), wave(NetworkPolicy)]).toEqual([-2, -2]);
  expect(wave(Job)).toBe(-1);
});

test('its pods are no endpoints of the service, and reach DNS and the database alone', () => {
  const { Job, NetworkPolicy } = render();
  const { labels } = Job.spec.template.metadata;
  expect(labels).toMatchObject(NetworkPolicy.spec.podSelector.matchLabels);
  expect(labels['app.kubernetes.io/name']).not.toBe('shop');
  const { policyTypes, ingress, egress } = NetworkPolicy.spec;
  expect([policyTypes, ingress]).toEqual([['Ingress', 'Egress'], undefined]);
  expect(egress).toHaveLength(2);
  expect(egress[1]).toEqual({
    to: places.map(({ cidr }) => ({ ipBlock: { cidr } })),
    ports: [{ protocol: 'TCP', port: 5432 }],
  });
});

test('pods know the database by one name: that of whatever writes, or a Service whose endpoints are not in git', () => {
  expect(render('writer.example').Service.spec).toEqual({ type: 'ExternalName', externalName: 'writer.example' });
  const { metadata, spec } = render().Service;
  expect(metadata.name).toBe('shop-db');
  expect(spec).toEqual({ ports: [{ name: 'postgres', port: 5432, targetPort: 5432 }] });
});
