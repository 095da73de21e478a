import { describe, expect, test } from '@jest/globals';
import { environments } from '../overlays/environments/index.ts';
import type { Overlay } from '../overlays/overlay.ts';
import { dynamodbPort } from '../overlays/sites/local.ts';
import { overlayFaults, serviceFaults } from './definition.ts';
import { services } from './index.ts';
import type { Service } from './service.ts';
import { bucket, postgres, reads, table, topic } from './stores.ts';

const good: Service = {
  name: 'shop',
  stack: 'go',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } },
};
const faults = (change: object) => serviceFaults([{ ...good, ...change }]);

test('the services have no fault, nor do the values that environments give', () => {
  expect(serviceFaults(services)).toEqual([]);
  expect(overlayFaults(services, environments)).toEqual([]);
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
  ['replicas', 3],
  ['kind', 'cron'],
  ['health', '/alive'],
  ['health.live', { live: 'alive' }],
  ['health.start', { start: '/alive' }],
  ['holders', false],
  ['slowStart', 120],
  ['slowStart', '5m'],
  ['env', ['LEVEL=info']],
  ['env.level', { level: 'info' }],
  ['env.LEVEL', { LEVEL: '' }],
  ['env.LEVEL', { LEVEL: 3 }],
  ['env.LEVEL', { LEVEL: 'x'.repeat(4097) }],
  ['env.LEVEL', { LEVEL: 'of $(OTHER)' }],
  ['env.KAFKA_BROKERS', { KAFKA_BROKERS: 'elsewhere:9092' }],
  ['env.PGHOST', { PGHOST: 'elsewhere' }],
  ['env.SIGN_IN', { SIGN_IN: 'off' }],
  ['secrets.SHOP_KEY', { SHOP_KEY: 'shop-key' }],
  ['secrets.SHOP_KEY.secret', { SHOP_KEY: { secret: 'Shop', key: 'key' } }],
  ['secrets.SHOP_KEY.secret', { SHOP_KEY: { secret: 'ticket-key', key: 'key' } }],
  ['secrets.SHOP_KEY.secret', { SHOP_KEY: { secret: 'shop-kafka', key: 'key' } }],
  ['secrets.SHOP_KEY.key', { SHOP_KEY: { secret: 'shop-key', key: 'a/b' } }],
  ['secrets.SHOP_KEY.for', { SHOP_KEY: { secret: 'shop-key', key: 'key', for: 'orders' } }],
  ['secrets.AWS_SECRET_ACCESS_KEY', { AWS_SECRET_ACCESS_KEY: { secret: 'shop-key', key: 'key' } }],
  ['uses.Orders', { Orders: bucket({ actions: ['GetObject'] }) }],
  ['uses.orders', { orders: 'postgres' }],
  ['uses.orders.kind', { orders: { kind: 'redis' } }],
  ['uses.orders.migrate', { orders: postgres([]) }],
  ['uses.orders.migrate', { orders: { kind: 'postgres' } }],
  ['uses.more', { orders: postgres(['migrate']), more: postgres(['migrate']) }],
  ['uses.orders.key', { orders: { kind: 'table' } }],
  ['uses.orders.key.partition', { orders: table({ actions: ['GetItem'], key: { partition: '' } }) }],
  [
    'uses.orders.key.sort',
    { orders: { kind: 'table', actions: ['GetItem'], key: { partition: 'id', sort: { name: 'at', type: 'S' } } } },
  ],
  ['uses.orders.expires', { orders: table({ actions: ['GetItem'], key: { partition: 'id' }, expires: 'a-b' }) }],
  [
    'uses.orders',
    {
      orders: table({
        actions: ['GetItem'],
        key: { partition: 'id' },
        indexes: { at: { partition: { name: 'id', type: 'N' } } },
      }),
    },
  ],
  ['uses.orders.actions', { orders: { kind: 'table', key: { partition: 'id' } } }],
  ['uses.orders.actions', { orders: table({ actions: [], key: { partition: 'id' } }) }],
  ['uses.orders.actions', { orders: table({ actions: ['GetItem', 'GetItem'], key: { partition: 'id' } }) }],
  ['uses.orders.actions.0', { orders: { kind: 'table', actions: ['*'], key: { partition: 'id' } } }],
  ['uses.files.actions.0', { files: { kind: 'bucket', actions: ['GetItem'] } }],
  ['uses.a.b', { 'a.b': bucket({ actions: ['GetObject'] }) }],
  ['uses.a.b', { 'a-b': topic({ partitions: 1, hours: 1 }), 'a.b': topic({ partitions: 1, hours: 1 }) }],
  ['uses.orders.partitions', { orders: topic({ partitions: 0, hours: 1 }) }],
  ['uses.orders.hours', { orders: topic({ partitions: 1, hours: 1.5 }) }],
  [`uses.${'x'.repeat(25)}`, { ['x'.repeat(25)]: bucket({ actions: ['GetObject'] }) }],
  ['uses.orders.topic.service', { orders: reads('stock', 'orders') }],
  ['uses.orders', { orders: reads('shop', 'orders') }],
])('%s: %j is a fault that names the field', (field, value) => {
  expect(faults({ [field.split('.')[0] as string]: value })[0]).toContain(`: ${field}`);
});

test('a service takes no Secret of the stores of another, whose name begins with its own', () => {
  const [pay, card] = ['pay', 'pay-card'].map((name) => ({ ...good, name }));
  for (const secret of ['pay-card-kafka', 'pay-card-postgres'])
    expect(serviceFaults([{ ...pay, secrets: { CARD: { secret, key: 'password' } } } as never, card as never])).toEqual(
      [expect.stringContaining('the stores of pay-card')],
    );
});

const worker = { name: 'shop', stack: 'go', kind: 'worker', resources: good.resources };
const scheduled = { name: 'shop', stack: 'go', schedule: '*/5 * * * *', resources: good.resources };

test('a worker and what runs on a schedule have no port, and all other fields', () => {
  const env = { LEVEL: 'info' };
  expect(serviceFaults([{ ...worker, env, writableTmp: '64Mi' }])).toEqual([]);
  expect(serviceFaults([{ ...scheduled, env, uses: { orders: postgres(['migrate']) } }])).toEqual([]);
});

test.each([
  ['port', { ...worker, port: 8080 }],
  ['health', { ...worker, health: { live: '/' } }],
  ['slowStart', { ...worker, slowStart: 300 }],
  ['port', { ...scheduled, port: 8080 }],
  ['kind', { ...scheduled, kind: 'worker' }],
  ['schedule', { ...scheduled, schedule: 'hourly' }],
  ['schedule', { ...scheduled, schedule: '* * * *' }],
  ['schedule', { ...scheduled, schedule: '* * * * * *' }],
  ['schedule', { ...scheduled, schedule: 5 }],
  ['port', { ...worker, kind: undefined }],
])('%s of %j is a fault that names the field', (field, service) => {
  const found = serviceFaults([service]);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`: ${field}: `);
});

test('a service reads a topic that another one has', () => {
  const stock = {
    ...good,
    name: 'stock',
    uses: { orders: topic({ partitions: 1, hours: 1 }), files: bucket({ actions: ['GetObject'] }) },
  };
  const reader = (name: string) => ({ ...good, uses: { orders: reads('stock', name) } });
  expect(serviceFaults([reader('orders'), stock])).toEqual([]);
  expect(serviceFaults([reader('files'), stock])).toEqual([
    'apps/index.ts: service 1 ("shop"): uses.orders.topic.name: given "files", allowed orders of stock; correct it',
  ]);
});

test('two services whose tables would have one port on the embedded platform are refused', () => {
  const named = Array.from({ length: 300 }, (_, n) => ({ ...good, name: `shop-${n}` }));
  const port = ({ name }: Service) => dynamodbPort('prod', name);
  const second = named.find((one, n) => named.slice(0, n).some((other) => port(other) === port(one))) as Service;
  const first = named.find((one) => port(one) === port(second)) as Service;
  const uses = { orders: table({ actions: ['GetItem'], key: { partition: 'id' } }) };
  expect(
    serviceFaults([
      { ...first, uses },
      { ...second, uses },
    ]),
  ).toEqual([
    expect.stringContaining(
      `service 2 ("${second.name}"): name: given "${second.name}", allowed no name that gives its tables the port of those of ${first.name}`,
    ),
  ]);
  expect(serviceFaults([{ ...first, uses }, second])).toEqual([]);
});

test('two services have no table, no Secret and no object of the same name', () => {
  const seat = {
    ...good,
    name: 'seat',
    uses: { 'map-free': table({ actions: ['GetItem'], key: { partition: 'id' } }) },
  };
  const map = { ...good, name: 'seat-map', uses: { free: table({ actions: ['GetItem'], key: { partition: 'id' } }) } };
  expect(serviceFaults([seat, map]).map((fault) => fault.split(': ')[2])).toEqual(['uses.map-free', 'uses.free']);
  const secrets = { KEY: { secret: 'seat-map-key', key: 'key' } };
  expect(
    serviceFaults([
      { ...good, name: 'seat', secrets },
      { ...good, name: 'seat-map', secrets },
    ]),
  ).toHaveLength(2);
  const stored = { ...good, uses: { orders: postgres(['migrate']) } };
  for (const name of ['shop-db', 'shop-migrate']) {
    expect(serviceFaults([stored, { ...good, name }])).toEqual([expect.stringContaining('the database of shop')]);
    expect(serviceFaults([good, { ...good, name }])).toEqual([]);
  }
});

test('a variable is given once', () => {
  const secrets = { KEY: { secret: 'shop-key', key: 'key' } };
  expect(serviceFaults([{ ...good, env: { KEY: 'x' }, secrets }])).toEqual([
    'apps/index.ts: service 1 ("shop"): secrets.KEY: given "KEY", allowed a name that env does not have; rename one',
  ]);
});

test.each([
  ['calls.stock', { stock: { service: good, path: '/' } }],
  ['calls.STOCK.service', { STOCK: { service: { ...good, name: 'stock' }, path: '/items' } }],
  ['calls.STOCK.path', { STOCK: { service: good, path: '/items?x=$(id)' } }],
  ['calls.STOCK', { STOCK: null }],
  ['calls.STOCK.insteadOf', { STOCK: { service: good, path: '/', insteadOf: 'orders' } }],
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

test('nobody calls a service without a port', () => {
  const other = { ...worker, name: 'stock' } as Service;
  const caller = { ...good, calls: { STOCK_URL: { service: other, path: '/' } } };
  expect(serviceFaults([caller, other])).toEqual([expect.stringContaining('calls.STOCK_URL.service: given "stock"')]);
});

test('a call may stand for a topic where there are no stores', () => {
  const stock = { ...good, name: 'stock' };
  const uses = { orders: topic({ partitions: 1, hours: 1 }) };
  const calls = { STOCK_URL: { service: stock, path: '/', insteadOf: 'orders' } };
  expect(serviceFaults([stock, { ...good, uses, calls }])).toEqual([]);
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

test('a service is judged also beside ones that are nothing like a service', () => {
  const uses = {
    orders: postgres(['migrate']),
    seats: table({ actions: ['GetItem'], key: { partition: 'id' } }),
    more: reads('odd', 'x'),
  };
  const secrets = { KEY: { secret: 'shop-key', key: 'key' } };
  const odd = { name: 'odd', uses: { x: null, y: 7 }, secrets: { A: null }, calls: 3 };
  const found = serviceFaults([{ ...good, uses, secrets }, odd, null, 'text', []]);
  expect(found.filter((fault) => fault.includes('"shop"'))).toEqual([
    expect.stringContaining('allowed nothing of odd'),
  ]);
});

test('a long value is shortened', () => {
  expect(faults({ name: 'x'.repeat(1e6) })[0]?.length).toBeLessThan(400);
});

describe('values of an environment', () => {
  const service: Service = { ...good, env: { LEVEL: 'info' } };
  const given = (values: unknown) =>
    overlayFaults([service], [{ name: 'dev', services: values as NonNullable<Overlay['services']> }]);

  test('stand in place of those of the definition', () => {
    expect(given({ shop: { env: { LEVEL: 'debug' }, resources: { limits: { memory: '2Gi' } } } })).toEqual([]);
    expect(overlayFaults([service], [{ name: 'dev' }])).toEqual([]);
  });

  test.each([
    ['service', { stock: {} }],
    ['replicas', { shop: { replicas: 3 } }],
    ['env.LEVEL', { shop: { env: { LEVEL: 1 } } }],
    ['env.LEVELS', { shop: { env: { LEVELS: 'debug' } } }],
    ['resources.limits.memory', { shop: { resources: { limits: { memory: '1G' } } } }],
    // With the request of the definition, which is 64Mi.
    ['resources.requests.memory', { shop: { resources: { limits: { memory: '32Mi' } } } }],
    ['resources.requests.disk', { shop: { resources: { requests: { disk: '1Gi' } } } }],
    ['values', { shop: null }],
  ])('%s: %j is a fault that names the field, and the file', (field, values) => {
    expect(given(values)[0]).toMatch(/^overlays\/environments\/dev\.ts: services\./);
    expect(given(values)[0]).toContain(`: ${field}: `);
  });

  test('all faults are listed at once', () => {
    expect(given({ stock: {}, shop: { env: { A: '1', B: '2' }, resources: { requests: { cpu: '3' } } } })).toHaveLength(
      4,
    );
  });
});
