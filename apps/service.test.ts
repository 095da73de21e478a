import { expect, test } from '@jest/globals';
import { services } from './index.ts';
import { type Service, serviceFaults } from './service.ts';

const good: Service = {
  name: 'shop',
  stack: 'go',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } },
};
const faults = (change: object) => serviceFaults([{ ...good, ...change }]);

test('the services have no fault', () => {
  expect(serviceFaults(services)).toEqual([]);
});

test('a fault says where, what was given, what is allowed, and the cure', () => {
  expect(faults({ port: 80 })).toEqual([
    'apps/index.ts: service 1 ("shop"): port: given 80, allowed a whole number from 1024 to 65535; let it listen there: a user other than root cannot open a lower one',
  ]);
});

test.each([
  ['name', 'Shop'],
  ['name', 'shop_1'],
  ['name', '-shop'],
  ['name', '1shop'],
  ['name', 'shop.x'],
  ['name', ''],
  ['name', 'x'.repeat(41)],
  ['name', '../../etc'],
  ['name', undefined],
  ['name', 'hooks'],
  ['name', 'platform'],
  ['name', 7],
  ['stack', 'rust'],
  ['stack', 'constructor'],
  ['stack', undefined],
  ['port', 1023],
  ['port', 65536],
  ['port', 80.5],
  ['port', '8080'],
  ['port', undefined],
  ['resources', undefined],
  ['resources.requests', { ...good.resources, requests: null }],
  ['resources.requests.memory', { ...good.resources, requests: { cpu: '50', memory: '64' } }],
  ['resources.requests.cpu', { ...good.resources, requests: { cpu: '2', memory: '64Mi' } }],
  ['resources.requests.memory', { ...good.resources, requests: { cpu: '50m', memory: '2Gi' } }],
  ['resources.limits.disk', { ...good.resources, limits: { cpu: '1', memory: '1Gi', disk: '1Gi' } }],
  ['writableTmp', '64'],
  ['singleton', false],
  ['replicas', 3],
])('%s: %j is a fault that names the field', (field, value) => {
  expect(faults({ [field.split('.')[0] as string]: value })[0]).toContain(`: ${field}`);
});

test.each([
  ['calls.stock', { stock: { service: good, path: '/' } }],
  ['calls.STOCK.service', { STOCK: { service: { ...good, name: 'stock' }, path: '/items' } }],
  ['calls.STOCK.path', { STOCK: { service: good, path: '/items?x=$(id)' } }],
  ['calls.STOCK', { STOCK: null }],
])('%s: %j is a fault that names the field', (field, calls) => {
  expect(serviceFaults([good, { ...good, name: 'caller', calls }]).some((fault) => fault.includes(`: ${field}:`))).toBe(
    true,
  );
});

test('a service may call another one of the list, and not itself', () => {
  const caller = { ...good, name: 'caller', calls: { SHOP_URL: { service: good, path: '/items' } } };
  expect(serviceFaults([good, caller])).toEqual([]);
  const selfish: Service = { ...good };
  selfish.calls = { SELF_URL: { service: selfish, path: '/' } };
  expect(serviceFaults([selfish])[0]).toContain('calls.SELF_URL.service: given "shop", allowed another service');
});

test('a name of 40 characters is allowed', () => {
  expect(faults({ name: 'x'.repeat(40) })).toEqual([]);
});

test('all faults of all services are listed at once, those of several together too', () => {
  const found = serviceFaults([good, { ...good }, { ...good, port: 0, stack: 'cobol' }, null, { name: 'x_y' }]);
  expect(found.map((fault) => fault.split(': ').slice(1, 3).join(': '))).toEqual([
    'service 2 ("shop"): name',
    'service 3 ("shop"): stack',
    'service 3 ("shop"): port',
    'service 4: definition',
    'service 5 ("x_y"): name',
    'service 5 ("x_y"): stack',
    'service 5 ("x_y"): port',
    'service 5 ("x_y"): resources',
  ]);
});

test('a long value is shortened', () => {
  expect(faults({ name: 'x'.repeat(1e6) })[0]?.length).toBeLessThan(400);
});
