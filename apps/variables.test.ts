import { expect, test } from '@jest/globals';
import { environments } from '../overlays/environments/index.ts';
import { prod } from '../overlays/environments/prod.ts';
import { aws } from '../overlays/sites/aws.ts';
import { localImages } from '../overlays/sites/local.testing.ts';
import { local } from '../overlays/sites/local.ts';
import { services } from './index.ts';
import type { Service } from './service.ts';
import { topic } from './stores.ts';
import { serviceSecrets, signInOf, variablesOf } from './variables.ts';

const stock: Service = {
  name: 'stock',
  stack: 'go',
  port: 7000,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '1Gi' } },
};
const shop: Service = {
  ...stock,
  name: 'shop',
  uses: { orders: topic({ partitions: 1, hours: 1 }) },
  env: { LEVEL: 'info' },
  secrets: {
    SHOP_KEY: { secret: 'shop-key', key: 'key', for: 'orders' },
    SHOP_SALT: { secret: 'shop-key', key: 'salt', for: 'orders' },
    MAIL_TOKEN: { secret: 'shop-mail', key: 'token' },
  },
  calls: {
    STOCK_URL: { service: stock, path: '/items' },
    ORDERED_URL: { service: stock, path: '/orders', insteadOf: 'orders' },
  },
};
const [withStores, without] = [true, false].map((stores) => local(localImages, { stores })) as [typeof aws, typeof aws];
const names = (site: typeof aws) => variablesOf(shop, { site, overlay: prod }).map(({ name }) => name);

test('a service has what it calls, its values, its Secrets, and what it stores in', () => {
  expect(names(withStores)).toEqual([
    'STOCK_URL',
    'LEVEL',
    'SHOP_KEY',
    'SHOP_SALT',
    'MAIL_TOKEN',
    ...['KAFKA_BROKERS', 'KAFKA_PROTOCOL', 'KAFKA_USERNAME', 'KAFKA_PASSWORD', 'KAFKA_GROUP'],
    'TOPIC_ORDERS',
  ]);
});

test('without stores it calls what else goes by a topic, and has no Secrets of stores', () => {
  expect(names(without)).toEqual(['STOCK_URL', 'ORDERED_URL', 'LEVEL', 'MAIL_TOKEN']);
});

test('what has holders asks who they are where customers come through an entrance', () => {
  const asked = (service: Service, site = aws) =>
    environments.filter((overlay) => signInOf(service, { site, overlay }).length > 0).map(({ name }) => name);
  const holders = { ...stock, holders: true } as Service;
  expect(asked(holders)).toEqual(['prod', 'dr']);
  expect(signInOf(holders, { site: aws, overlay: prod })).toEqual([{ name: 'SIGN_IN', value: 'required' }]);
  expect(asked(stock)).toEqual([]);
  expect(asked(holders, { ...aws, entrance: false })).toEqual([]);
});

test('an address is that of the Service of the callee', () => {
  expect(variablesOf(shop, { site: without, overlay: prod })[0]).toEqual({
    name: 'STOCK_URL',
    value: 'http://stock:7000/items',
  });
});

test('a Secret is listed in every environment, once, with all its keys and whose data it is', () => {
  expect(serviceSecrets([shop, stock], environments, withStores)).toEqual(
    environments.flatMap(({ name, data }) => [
      { namespace: name, name: 'shop-key', keys: ['key', 'salt'], of: data },
      { namespace: name, name: 'shop-mail', keys: ['token'], of: data },
      { namespace: name, name: 'shop-kafka', keys: ['password'], of: data },
    ]),
  );
});

test('the embedded platform makes these Secrets, and without stores none', () => {
  const listed = (site: typeof aws) =>
    serviceSecrets(services, environments, site)
      .filter(({ namespace }) => namespace === 'dr')
      .map(({ name, keys, of }) => `${of} ${name} ${keys}`);
  expect(listed(withStores)).toEqual([
    'prod booking-queue-key key',
    'prod booking-keys secret',
    'prod booking-kafka password',
    'prod ticket-key key',
    'prod ticket-kafka password',
    'prod ticket-postgres password',
    'prod live-channel-key key',
    'prod live-keys secret',
  ]);
  expect(listed(without)).toEqual([]);
  // Pod Identity takes the place of keys.
  expect(listed(aws).filter((line) => line.includes('-keys'))).toEqual([]);
});
