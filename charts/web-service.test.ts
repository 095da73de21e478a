import { expect, test } from '@jest/globals';
import { manifests } from '../lib/kube/render.ts';
import type { OverlayFields } from '../overlays/overlay.ts';
import { aws } from '../overlays/sites/aws.ts';
import { webService } from './web-service.ts';

const service = {
  name: 'shop',
  port: 9000,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } },
};
const overlay: OverlayFields = { region: 'seoul', subdomain: 'test.', replicas: { min: 2, max: 5 }, retain: false };
const render = (more = {}, ingress = aws.ingress) => {
  const objects = manifests('test', (chart) => webService(chart, { ...service, ...more }, overlay, ingress));
  return Object.fromEntries(objects.map((object) => [object.kind, object]));
};

test('a service is a Deployment and six objects around it', () => {
  expect(Object.keys(render())).toEqual([
    'ServiceAccount',
    'Deployment',
    'Service',
    'Ingress',
    'HorizontalPodAutoscaler',
    'PodDisruptionBudget',
    'NetworkPolicy',
  ]);
});

test('its image is its name, and it sets no replicas', () => {
  const { Deployment } = render();
  expect(Deployment.spec.replicas).toBeUndefined();
  expect(Deployment.spec.template.spec.containers).toHaveLength(1);
  expect(Deployment.spec.template.spec.containers[0].image).toBe('shop');
});

test('the autoscaler targets 70 % CPU within the replicas of the overlay', () => {
  const { minReplicas, maxReplicas, metrics } = render().HorizontalPodAutoscaler.spec;
  expect([minReplicas, maxReplicas]).toEqual([2, 5]);
  expect(metrics).toEqual([
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
  ]);
});

test('a singleton has one replica whatever the overlay says', () => {
  const { minReplicas, maxReplicas } = render({ singleton: true }).HorizontalPodAutoscaler.spec;
  expect([minReplicas, maxReplicas]).toEqual([1, 1]);
});

test('its pods pass the restricted level of Pod Security', () => {
  const { securityContext, containers, automountServiceAccountToken } = render().Deployment.spec.template.spec;
  expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(automountServiceAccountToken).toBe(false);
});

test('only the ingress controller and pods labelled as callers reach it, and it reaches only DNS', () => {
  const { policyTypes, ingress, egress } = render().NetworkPolicy.spec;
  expect(policyTypes).toEqual(['Ingress', 'Egress']);
  expect(ingress[0].from).toEqual([
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } } },
    { podSelector: { matchLabels: { 'tickets.example/calls-shop': 'true' } } },
  ]);
  expect(egress).toHaveLength(1);
  expect(egress[0].ports.map(({ port }: { port: number }) => port)).toEqual([53, 53]);
});

test('it has the address of a service that it calls, and the NetworkPolicies of both allow the call', () => {
  const stock = { ...service, name: 'stock', port: 7000 };
  const calls = { STOCK_URL: { service: stock, path: '/items' }, STOCK_EVENTS: { service: stock, path: '/events' } };
  const { Deployment, NetworkPolicy } = render({ calls });
  const { metadata, spec } = Deployment.spec.template;
  expect(spec.containers[0].env).toEqual([
    { name: 'STOCK_URL', value: 'http://stock:7000/items' },
    { name: 'STOCK_EVENTS', value: 'http://stock:7000/events' },
  ]);
  expect(NetworkPolicy.spec.egress.slice(1)).toEqual([
    {
      to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'stock' } } }],
      ports: [{ protocol: 'TCP', port: 7000 }],
    },
  ]);
  const other = render(stock);
  expect(other.NetworkPolicy.spec.podSelector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'stock' });
  const [{ from }] = other.NetworkPolicy.spec.ingress;
  expect(metadata.labels).toMatchObject(from[1].podSelector.matchLabels);
});

test('every selector matches the labels of its pods', () => {
  const { Deployment, Service, PodDisruptionBudget, NetworkPolicy } = render();
  const labels = Deployment.spec.template.metadata.labels;
  for (const selector of [
    Deployment.spec.selector.matchLabels,
    Service.spec.selector,
    PodDisruptionBudget.spec.selector.matchLabels,
    NetworkPolicy.spec.podSelector.matchLabels,
  ])
    expect(labels).toMatchObject(selector);
});

test('host, ports and container are connected', () => {
  const { Deployment, Service, Ingress } = render();
  const [rule] = Ingress.spec.rules;
  expect(rule.host).toBe('shop.test.tickets.example');
  expect(rule.http.paths[0].backend.service).toEqual({ name: 'shop', port: { name: Service.spec.ports[0].name } });
  expect(Deployment.spec.template.spec.containers[0].ports).toEqual([
    { name: Service.spec.ports[0].targetPort, containerPort: 9000 },
  ]);
});

test('TLS and a writable /tmp are opt-in', () => {
  expect(render().Ingress.spec.tls).toEqual([{ hosts: ['shop.test.tickets.example'] }]);
  expect(render({}, { ...aws.ingress, tls: false }).Ingress.spec.tls).toBeUndefined();
  expect(render().Deployment.spec.template.spec.volumes).toBeUndefined();
  expect(render({ writableTmp: '64Mi' }).Deployment.spec.template.spec.volumes).toEqual([
    { name: 'scratch', emptyDir: { sizeLimit: '64Mi' } },
  ]);
});

test('a unit cannot ask which environment it is in', () => {
  // @ts-expect-error an overlay's fields have no name: this line is the test, tsc runs it
  expect(overlay.name).toBeUndefined();
});
