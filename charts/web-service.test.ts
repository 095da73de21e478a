import { expect, test } from '@jest/globals';
import { manifests } from '../lib/kube/render.ts';
import { aws } from '../overlays/sites/aws.ts';
import { webService } from './web-service.ts';

const hosts = ['shop.test.tickets.example', 'shop.tickets.example'];
const http = { port: 9000, hosts, health: { live: '/healthz', ready: '/readyz' }, startSeconds: 120, monitored: false };
const service = {
  name: 'shop',
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } },
  env: [],
  callees: [],
  places: [],
  replicas: { min: 2, max: 5 },
  http,
};
const render = (more = {}, ingress = aws.ingress) => {
  const objects = manifests('test', (chart) => webService(chart, { ...service, ...more }, ingress));
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

test('the autoscaler targets 70 % CPU within the replicas', () => {
  const { minReplicas, maxReplicas, metrics } = render().HorizontalPodAutoscaler.spec;
  expect([minReplicas, maxReplicas]).toEqual([2, 5]);
  expect(metrics).toEqual([
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
  ]);
});

test('probes ask the paths of the service, and wait as long as it may take to start', () => {
  const probes = (more = {}) => {
    const { spec } = render(more).Deployment;
    const [{ startupProbe, livenessProbe, readinessProbe }] = spec.template.spec.containers;
    const paths = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe.httpGet.path);
    return [...paths, startupProbe.failureThreshold * startupProbe.periodSeconds, spec.progressDeadlineSeconds];
  };
  expect(probes()).toEqual(['/healthz', '/healthz', '/readyz', 120, 300]);
  const slow = { ...http, health: { live: '/live', ready: '/ready' }, startSeconds: 600 };
  expect(probes({ http: slow })).toEqual(['/live', '/live', '/ready', 600, 780]);
});

test('a worker has no Service, no Ingress, no probe and no way in, and is ready when it lived for a while', () => {
  const worker = render({ http: undefined });
  expect(Object.keys(worker)).toEqual([
    'ServiceAccount',
    'Deployment',
    'HorizontalPodAutoscaler',
    'PodDisruptionBudget',
    'NetworkPolicy',
  ]);
  const { minReadySeconds, template } = worker.Deployment.spec;
  expect([minReadySeconds, render().Deployment.spec.minReadySeconds]).toEqual([10, undefined]);
  const [container] = template.spec.containers;
  for (const field of ['ports', 'startupProbe', 'livenessProbe', 'readinessProbe'])
    expect(container).not.toHaveProperty(field);
  expect(worker.NetworkPolicy.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  expect(worker.NetworkPolicy.spec.ingress).toBeUndefined();
});

test('its variables have values, or name the key of a Secret', () => {
  const env = [
    { name: 'LEVEL', value: 'info' },
    { name: 'KEY', secret: { name: 'shop-key', key: 'key' } },
  ];
  expect(render({ env }).Deployment.spec.template.spec.containers[0].env).toEqual([
    { name: 'LEVEL', value: 'info' },
    { name: 'KEY', valueFrom: { secretKeyRef: { name: 'shop-key', key: 'key' } } },
  ]);
  expect(render().Deployment.spec.template.spec.containers[0].env).toBeUndefined();
});

test('what it reaches outside of the cluster is a rule for each port', () => {
  const places = [
    { cidr: '10.0.0.2/32', port: 9092 },
    { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'], port: 443 },
    { cidr: '10.0.0.3/32', port: 9092 },
  ];
  expect(render({ places }).NetworkPolicy.spec.egress.slice(1)).toEqual([
    {
      to: [{ ipBlock: { cidr: '10.0.0.2/32' } }, { ipBlock: { cidr: '10.0.0.3/32' } }],
      ports: [{ protocol: 'TCP', port: 9092 }],
    },
    {
      to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }],
      ports: [{ protocol: 'TCP', port: 443 }],
    },
  ]);
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

test('the NetworkPolicies of both services allow a call', () => {
  const { Deployment, NetworkPolicy } = render({ callees: [{ name: 'stock', port: 7000 }] });
  const { metadata } = Deployment.spec.template;
  expect(NetworkPolicy.spec.egress.slice(1)).toEqual([
    {
      to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'stock' } } }],
      ports: [{ protocol: 'TCP', port: 7000 }],
    },
  ]);
  const other = render({ name: 'stock' });
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

test('it answers for each of its hosts alike', () => {
  const { spec } = render().Ingress;
  expect(spec.rules.map(({ host }: { host: string }) => host)).toEqual(hosts);
  expect(spec.tls).toEqual([{ hosts }]);
  const [own, other] = spec.rules.map(({ http }: { http: object }) => http);
  expect(other).toEqual(own);
});

test('TLS and a writable /tmp are opt-in', () => {
  expect(render().Ingress.spec.tls).toEqual([{ hosts }]);
  expect(render({}, { ...aws.ingress, tls: false }).Ingress.spec.tls).toBeUndefined();
  expect(render().Deployment.spec.template.spec.volumes).toBeUndefined();
  expect(render({ writableTmp: '64Mi' }).Deployment.spec.template.spec.volumes).toEqual([
    { name: 'scratch', emptyDir: { sizeLimit: '64Mi' } },
  ]);
});
