import { describe, expect, test } from '@jest/globals';
import { manifests } from '../lib/kube/render.ts';
import { dev } from '../overlays/environments/dev.ts';
import { dr } from '../overlays/environments/dr.ts';
import { prod } from '../overlays/environments/prod.ts';
import type { Overlay, OverlayFields, Site } from '../overlays/overlay.ts';
import { regions } from '../overlays/regions/index.ts';
import { aws } from '../overlays/sites/aws.ts';
import { localImages } from '../overlays/sites/local.testing.ts';
import { local } from '../overlays/sites/local.ts';
import type { Target } from './app.ts';
import { services } from './index.ts';
import { hostsOf, mostPods, replicasOf, type Service, serviceApp, withValues } from './service.ts';
import { postgres } from './stores.ts';

const [withStores, without] = [true, false].map((stores) => local(localImages, { stores })) as [Site, Site];
const resources = { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } };
const web: Service = { name: 'shop', stack: 'go', port: 9000, resources };
const worker: Service = { name: 'shop', stack: 'go', kind: 'worker', resources };
const scheduled: Service = { name: 'shop', stack: 'go', schedule: '0 3 * * *', resources };
const uses = { orders: postgres(['migrate']) };

function render(service: Service, site: Site, overlay: Overlay = prod) {
  const region = regions.find(({ name }) => name === overlay.region) as (typeof regions)[number];
  const target: Target = { site, region, overlays: [overlay], services: [service], components: [], renderedSoFar: [] };
  const { charts, namespace } = serviceApp(service, overlay, site);
  return Object.values(charts).flatMap((build) => manifests(namespace, (chart) => build(chart, target)));
}
const listed = (service: Service, site: Site) =>
  render(service, site).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

describe('the objects of', () => {
  const around = ['HorizontalPodAutoscaler shop', 'PodDisruptionBudget shop', 'NetworkPolicy shop'];
  test('a server', () => {
    expect(listed(web, without)).toEqual([
      ...['ServiceAccount shop', 'Deployment shop', 'Service shop', 'Ingress shop'],
      ...around,
    ]);
  });
  test('a worker, which nobody calls', () => {
    expect(listed(worker, without)).toEqual(['ServiceAccount shop', 'Deployment shop', ...around]);
  });
  test('what runs on a schedule', () => {
    expect(listed(scheduled, without)).toEqual(['ServiceAccount shop', 'CronJob shop', 'NetworkPolicy shop']);
  });
  test('a database, where there are stores', () => {
    const more = ['Service shop-db', 'Job shop-migrate', 'NetworkPolicy shop-migrate'];
    for (const service of [web, worker, scheduled]) {
      expect(listed({ ...service, uses }, without)).toEqual(listed(service, without));
      expect(listed({ ...service, uses }, withStores)).toEqual([...listed(service, without), ...more]);
    }
  });
  test('Secrets, where they come from AWS', () => {
    const secrets = { SHOP_KEY: { secret: 'shop-key', key: 'key' } };
    const objects = render({ ...web, uses, secrets }, aws, dr).filter(({ kind }) => kind === 'ExternalSecret');
    expect(
      objects.map(({ metadata, spec }) => [metadata.namespace, metadata.name, spec.data[0].remoteRef.key]),
    ).toEqual([
      ['dr', 'shop-key', 'platform/prod/shop-key'],
      ['dr', 'shop-postgres', 'platform/prod/shop-postgres'],
    ]);
    expect(listed({ ...web, secrets }, without)).toEqual(listed(web, without));
  });
});

test('what an environment gives stands in place of what the definition says', () => {
  const service: Service = { ...web, env: { LEVEL: 'info', KEPT: 'yes' } };
  const values = { env: { LEVEL: 'debug' }, resources: { limits: { memory: '2Gi' } } };
  expect(withValues(service, values)).toEqual({
    ...service,
    env: { LEVEL: 'debug', KEPT: 'yes' },
    resources: { requests: resources.requests, limits: { cpu: '1', memory: '2Gi' } },
  });
  const container = (overlay: Overlay) =>
    render(service, without, overlay).find(({ kind }) => kind === 'Deployment')?.spec.template.spec.containers[0];
  const changed = container({ ...dev, services: { shop: values } });
  expect(changed.env).toEqual([
    { name: 'LEVEL', value: 'debug' },
    { name: 'KEPT', value: 'yes' },
  ]);
  expect([changed.resources.limits.memory, container(dev).resources.limits.memory]).toEqual(['2Gi', '1Gi']);
});

test('a service with stores has the replicas of its environment, and one where it keeps in memory what it would store', () => {
  expect(replicasOf({ ...web, uses }, prod, aws)).toEqual(prod.replicas);
  expect(replicasOf({ ...web, uses }, prod, without)).toEqual({ min: 1, max: 1 });
  expect(replicasOf(web, prod, { ...without, mostReplicas: undefined })).toEqual(prod.replicas);
  for (const site of [without, withStores]) expect(replicasOf(web, prod, site)).toEqual({ min: 2, max: 3 });
  for (const service of services) {
    expect(replicasOf(service, prod, aws).min).toBeGreaterThanOrEqual(2);
    expect(replicasOf(service, prod, without)).toEqual({ min: 1, max: 1 });
  }
});

test('the pods of a service are counted with a rollout, a migration and a run that still ends', () => {
  const most = (service: Service, site: Site) => mostPods(service, prod, site);
  expect([most(web, without), most({ ...web, uses }, without), most({ ...web, uses }, withStores)]).toEqual([7, 3, 9]);
  expect([most(scheduled, without), most({ ...scheduled, uses }, withStores)]).toEqual([2, 4]);
});

test.each([
  [dev, ['shop.dev.tickets.example']],
  [prod, ['shop.tickets.example', 'shop.health-seoul.tickets.example']],
  // The standby answers for the hosts whose traffic may be moved to it.
  [dr, ['shop.dr.tickets.example', 'shop.tickets.example', 'shop.health-tokyo.tickets.example']],
])('the hosts of a service', (overlay, hosts) => {
  expect(hostsOf('shop', overlay, 'tickets.example')).toEqual(hosts);
});

test('a unit cannot ask which environment it is in', () => {
  const overlay: OverlayFields = (({ name: _, promotesFrom: __, data: ___, services: ____, ...fields }) => fields)(dev);
  // @ts-expect-error an overlay's fields have no name: this line is the test, tsc runs it
  expect(overlay.name).toBeUndefined();
});
