import { expect, test } from '@jest/globals';
import { accessSecrets, databaseEndpoints } from './access.ts';
import { passwordsOf } from './passwords.ts';
import { allStores, serviceSecrets } from './wanted.ts';

const passwordOf = passwordsOf('key');
const secrets = accessSecrets(serviceSecrets, allStores, passwordOf);
const valueIn = (namespace: string, name: string) => {
  const { values = {} } = secrets.find((one) => one.namespace === namespace && one.name === name) ?? {};
  return Object.values(values)[0];
};

test('a password in a Secret is the one that the engine knows', () => {
  expect(valueIn('prod', 'ticket-postgres')).toBe(passwordOf('postgres', 'prod_ticket'));
  expect(valueIn('prod', 'ticket-kafka')).toBe(passwordOf('kafka', 'prod.ticket'));
  expect(valueIn('dev', 'live-keys')).toBe(passwordOf('s3', 'dev-live'));
});

test('prod and dr have the same values, dev others, and no value is in two places', () => {
  const ofNamespace = (namespace: string) =>
    secrets.filter((one) => one.namespace === namespace).map(({ name, values }) => [name, values]);
  expect(ofNamespace('dr')).toEqual(ofNamespace('prod'));
  const all = [...ofNamespace('dev'), ...ofNamespace('prod')].flatMap(([, values]) => Object.values(values as object));
  expect(new Set(all).size).toBe(all.length);
  expect(all.every((value) => /^[0-9a-f]{64}$/.test(value))).toBe(true);
});

test('a key that is no password stays the same', () => {
  expect(valueIn('prod', 'ticket-key')).toBe(passwordOf('secret', 'prod ticket-key key'));
});

test("a region's pods reach the database that writes, wherever it is", () => {
  const writerOf = (data: string) => ({ address: data === 'prod' ? '10.89.0.2' : '10.89.0.9', port: 5432 });
  const found = databaseEndpoints('tokyo', allStores, writerOf) as {
    metadata: { namespace: string; labels: object };
    endpoints: object[];
  }[];
  expect(found.map(({ metadata: { namespace } }) => namespace)).toEqual(['dr']);
  expect(found[0]?.metadata.labels).toMatchObject({ 'kubernetes.io/service-name': 'ticket-db' });
  expect(found[0]?.endpoints).toEqual([{ addresses: ['10.89.0.2'], conditions: { ready: true } }]);
});
