/** The stores of both regions with the real engines: Seoul writes, Tokyo copies, and the way between them is cut and joined again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sleep, until } from '../machine/process.ts';
import type { Listens } from './listens.ts';
import { freeListens, passwordOf, startRegion, type TestRegion, through, type Way, way } from './region.testing.ts';
import { dynamodb, type Item, scan } from './replicate/dynamodb.ts';
import { list } from './replicate/s3.ts';
import type { Lag } from './replicate/settings.ts';
import { pathOf, s3 } from './replicate/sigv4.ts';

let seoul: TestRegion;
let tokyo: TestRegion;
let between: Way;
beforeAll(async () => {
  const [here, there] = [await freeListens('seoul'), await freeListens('tokyo')];
  seoul = await startRegion(here, [here], ['tokyo']);
  between = way();
  tokyo = await startRegion(there, [await through(between, here), there]);
  await Promise.all([seoul.make(), tokyo.make()]);
}, 600_000);
afterAll(async () => {
  between.close();
  await Promise.all([seoul.stop(), tokyo.stop()]);
});

const table = 'prod-booking-seats';
const urlOf = ({ address, dynamodb }: Listens) => `http://${address}:${dynamodb['prod-booking']}`;
const s3Of = ({ address, s3, awsRegion }: Listens) => ({
  url: `http://${address}:${s3}`,
  credentials: { user: 'prod-live', password: passwordOf('s3', 'prod-live'), awsRegion },
});
const bucket = 'prod-live-recordings';
const psqlOf = ({ listens: { address, postgres }, inside }: TestRegion, sql: string) =>
  inside(
    'postgres',
    [
      ...['env', `PGPASSWORD=${passwordOf('postgres', 'prod_ticket')}`, '/usr/lib/postgresql/15/bin/psql', '-qAtX'],
      ...['-v', 'ON_ERROR_STOP=1', '-h', address, '-p', `${postgres.prod}`, '-U', 'prod_ticket', 'prod_ticket'],
    ],
    sql,
  );

const sorted = (items: readonly Item[]) => items.map((item) => JSON.stringify(item, Object.keys(item).sort())).sort();
const seat = (n: number, more: Item = {}): Item => ({ show: { S: 'a' }, seat: { S: `${n}` }, ...more });
const put = (n: number, more?: Item) =>
  dynamodb(urlOf(seoul.listens), 'PutItem', { TableName: table, Item: seat(n, more) });
const upload = async (key: string, body: string) => {
  const { url, credentials } = s3Of(seoul.listens);
  const headers = { 'content-type': 'text/x-test', 'x-amz-meta-of': key.length.toString() };
  expect((await s3(url, credentials, 'PUT', pathOf(bucket, key), { body, headers })).status).toBe(200);
};
const lag = (): Lag => JSON.parse(readFileSync(join(tokyo.folder, 'replicate/lag.json'), 'utf8'));

async function equal(): Promise<void> {
  await until('equal tables', 60, async () => {
    const [here, there] = await Promise.all([seoul, tokyo].map(({ listens }) => scan(urlOf(listens), table)));
    return String(sorted(here ?? [])) === String(sorted(there ?? []));
  });
  await until('equal buckets', 60, async () => {
    const [here, there] = await Promise.all([seoul, tokyo].map(({ listens }) => list(s3Of(listens), bucket)));
    const etags = (all: typeof here) => String(all?.map(({ key, etag }) => `${key} ${etag}`).sort());
    return etags(here) === etags(there);
  });
  const numbers = await psqlOf(seoul, 'select n from numbers order by n');
  await until('equal databases', 60, async () => (await psqlOf(tokyo, 'select n from numbers order by n')) === numbers);
}

test('Tokyo has what Seoul has within seconds, and knows by how many', async () => {
  await psqlOf(seoul, 'create table numbers (n int); insert into numbers select generate_series(1, 100)');
  for (let n = 0; n < 60; n++) await put(n);
  await put(7, { holder: { S: 'kim' } });
  await dynamodb(urlOf(seoul.listens), 'DeleteItem', { TableName: table, Key: seat(8) });
  await upload('2026/a b+c é.txt', 'one');
  await upload('empty', '');
  await equal();
  expect(await scan(urlOf(tokyo.listens), table)).toHaveLength(59);
  const { url, credentials } = s3Of(tokyo.listens);
  const copy = await s3(url, credentials, 'GET', pathOf(bucket, '2026/a b+c é.txt'));
  expect([await copy.text(), copy.headers.get('content-type'), copy.headers.get('x-amz-meta-of')]).toEqual([
    'one',
    'text/x-test',
    '16',
  ]);
  await until(
    'the lag',
    30,
    async () => Object.values(lag().behind).every((seconds) => seconds !== null && seconds < 8),
    500,
  );
  expect(lag().writer).toBe('seoul');
}, 120_000);

test('Tokyo refuses writes to its database while it is the standby', async () => {
  await expect(psqlOf(tokyo, 'insert into numbers values (0)')).rejects.toThrow(/read-only transaction/);
});

test('cut off, Tokyo falls behind and says so; joined again, it becomes equal', async () => {
  between.cut();
  const expected = seat(1, { holder: { S: 'the last one' } });
  for (let n = 0; n < 5; n++) await put(1, { holder: { S: `${n}` } });
  await put(1, { holder: { S: 'the last one' } });
  for (let n = 100; n < 1300; n++) await put(n);
  await dynamodb(urlOf(seoul.listens), 'DeleteItem', { TableName: table, Key: seat(2) });
  await upload('while it was cut off', 'x'.repeat(100_000));
  await psqlOf(seoul, 'insert into numbers select generate_series(101, 5000)');
  await sleep(6000);
  expect(await scan(urlOf(tokyo.listens), table)).toHaveLength(59);
  expect(Object.values(lag().behind).every((seconds) => seconds === null || seconds > 3)).toBe(true);
  await between.join();
  await equal();
  const { Item } = await dynamodb<{ Item: Item }>(urlOf(tokyo.listens), 'GetItem', { TableName: table, Key: seat(1) });
  expect(sorted([Item])).toEqual(sorted([expected]));
}, 180_000);

test('killed in the middle, the copy goes on and loses nothing', async () => {
  const writes = (async () => {
    for (let n = 2000; n < 4000; n++) await put(n);
  })();
  for (let kills = 0; kills < 3; kills++) {
    await sleep(700);
    await tokyo.signal('replicate', 'KILL');
  }
  await tokyo.signal('dynamodb-prod-booking', 'KILL');
  await writes;
  await equal();
}, 180_000);

test('the region that writes takes nothing back', async () => {
  await dynamodb(urlOf(tokyo.listens), 'PutItem', { TableName: table, Item: seat(999_999) });
  await sleep(3000);
  expect(await scan(urlOf(seoul.listens), table)).not.toContainEqual(seat(999_999));
});
