import { expect, test } from '@jest/globals';
import { storesOf, table } from '../../apps/stores.ts';
import { environments } from '../../overlays/environments/index.ts';
import { seoul, tokyo } from '../topology.ts';
import { listensOf, storeHosts } from './listens.ts';

test('no two engines of a region listen at one port', () => {
  for (const region of [seoul, tokyo]) {
    const { kafka, controller, s3, metrics, postgres, dynamodb } = listensOf(region);
    const ports = [kafka, controller, s3, metrics, ...Object.values(postgres), ...Object.values(dynamodb)];
    expect(new Set(ports).size).toBe(ports.length);
  }
});

test('adding and removing services moves the port of no other', () => {
  const of = (...names: string[]) =>
    listensOf(seoul, [
      ...storesOf(
        names.map((name) => ({ name, uses: { a: table({ actions: ['GetItem'], key: { partition: 'id' } }) } })),
        environments,
      ),
    ]).dynamodb;
  expect(of('aardvark', 'booking', 'live', 'zebra')).toMatchObject(of('booking', 'live'));
  expect(of('live')).toEqual({
    'dev-live': of('booking', 'live')['dev-live'],
    'prod-live': of('booking', 'live')['prod-live'],
  });
});

test('the data of a service have the same port in both regions', () => {
  const [here, there] = [listensOf(seoul), listensOf(tokyo)];
  for (const [name, port] of Object.entries(there.dynamodb)) expect(here.dynamodb[name]).toBe(port);
  expect(here.postgres.prod).toBe(there.postgres.prod);
});

test('every engine has a name in each region', () => {
  expect(
    Object.entries(storeHosts())
      .filter(([, address]) => address === tokyo.address)
      .map(([name]) => name),
  ).toEqual(['kafka.tokyo.internal', 'dynamodb.tokyo.internal', 's3.tokyo.internal', 'postgres.tokyo.internal']);
});
