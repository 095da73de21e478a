/** The stores of a region, with the real engines, their init and their settings, in a temporary folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sleep, until } from '../machine/process.ts';
import { nodeBinary } from '../topology.ts';
import { brokerOf } from './kafka.ts';
import { askPostgres } from './make.ts';
import { freeListens, passwordOf, startRegion, type TestRegion } from './region.testing.ts';
import { acknowledged } from './replicate/acknowledged.ts';
import { dynamodb } from './replicate/dynamodb.ts';
import { pathOf, s3 } from './replicate/sigv4.ts';
import { kept } from './replicate/trim.ts';

let region: TestRegion;
let made: string[];
beforeAll(async () => {
  const listens = await freeListens('seoul');
  region = await startRegion(listens, [listens]);
  made = await region.make();
}, 600_000);
afterAll(() => region.stop());

const unique = (list: readonly string[]) => [...new Set(list)];
/** Kills a program while `load` goes on, and waits until the load has ended. */
async function killedUnder(program: string, load: Promise<void>, acknowledged: readonly string[]): Promise<void> {
  await until('the load', 60, async () => acknowledged.length > 50, 20);
  const before = acknowledged.length;
  await region.signal(program, 'KILL');
  await load;
  // It went on after the engine was there again.
  expect(acknowledged.length).toBeGreaterThan(before);
}
/** Does something many times, 16 at once, and again what failed, until all are acknowledged. */
async function all(count: number, acknowledged: string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => `n${n}`);
  const end = Date.now() + 240_000;
  const worker = async () => {
    for (let name = names.shift(); name; name = names.shift()) {
      const one = name;
      await until(one, Math.max(1, (end - Date.now()) / 1000), async () => {
        await work(one);
        return true;
      });
      acknowledged.push(one);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

test('all that is wanted is made once', async () => {
  expect(made).toEqual(
    expect.arrayContaining([
      'topic prod.booking.bookings of seoul',
      'kafka account dev.ticket of seoul',
      'table prod-booking-seats of seoul',
      'bucket dev-live-recordings of seoul',
      'database prod_ticket of seoul',
      'role replicator of seoul',
    ]),
  );
  expect(await region.make()).toEqual([]);
}, 120_000);

describe('kafka', () => {
  const as = (user: string, password = passwordOf('kafka', user)) =>
    JSON.stringify({ ...brokerOf(region.listens, [], passwordOf), user, password });
  const broker = (input: string, ...args: string[]) =>
    region.inside('kafka', ['/stores-engine/broker', ...args], input);

  test('what it acknowledged is there after kill -9', async () => {
    const acknowledged: string[] = [];
    const writer: ChildProcess = await region.begin(
      'kafka',
      ['/stores-engine/broker', 'write', 'prod.booking.queue', '60000'],
      as('prod.booking'),
    );
    writer.stdout?.setEncoding('utf8').on('data', (data: string) => {
      acknowledged.push(...data.split('\n').filter(Boolean));
    });
    const load = once(writer, 'close').then(([status]) => expect(status).toBe(0));
    await killedUnder('kafka', load as Promise<void>, acknowledged);
    const there = new Set((await broker(as('prod.booking'), 'read', 'prod.booking.queue')).split('\n'));
    expect(acknowledged.filter((key) => !there.has(key))).toEqual([]);
    expect(unique(acknowledged)).toHaveLength(60_000);
  }, 600_000);

  test.each([
    ['a wrong password', () => as('prod.booking', 'guessed'), 'prod.booking.queue', /SASL_AUTHENTICATION_FAILED/],
    [
      'the password of another service',
      () => as('prod.booking', passwordOf('kafka', 'prod.ticket')),
      'prod.booking.queue',
      /SASL_AUTHENTICATION_FAILED/,
    ],
    ['a topic of another service', () => as('prod.ticket'), 'prod.booking.queue', /AUTHORIZATION_FAILED/],
    [
      'a topic of the same service in other data',
      () => as('dev.booking'),
      'prod.booking.queue',
      /AUTHORIZATION_FAILED/,
    ],
    ['a topic that one reads', () => as('prod.ticket'), 'prod.booking.bookings', /AUTHORIZATION_FAILED/],
  ])(
    'refuses to write with %s',
    async (_, login, topic, error) => {
      await expect(broker(login(), 'write', topic, '1')).rejects.toThrow(error);
    },
    60_000,
  );

  test('lets a service read the topic that it names, and no other of that service', async () => {
    await broker(as('prod.booking'), 'write', 'prod.booking.bookings', '3');
    expect((await broker(as('prod.ticket'), 'read', 'prod.booking.bookings')).trim().split('\n').sort()).toEqual([
      '0',
      '1',
      '2',
    ]);
    await expect(broker(as('prod.ticket'), 'read', 'prod.booking.queue')).rejects.toThrow(/AUTHORIZATION_FAILED/);
  }, 60_000);
});

describe('dynamodb', () => {
  const url = () => `http://${region.listens.address}:${region.listens.dynamodb['prod-booking']}`;

  test('what it acknowledged is there after kill -9', async () => {
    const acknowledged: string[] = [];
    const put = (id: string) =>
      dynamodb(url(), 'PutItem', { TableName: 'prod-booking-shows', Item: { id: { S: id } } });
    await killedUnder('dynamodb-prod-booking', all(3000, acknowledged, put), acknowledged);
    for (const id of acknowledged)
      expect(
        await dynamodb(url(), 'GetItem', { TableName: 'prod-booking-shows', Key: { id: { S: id } } }),
      ).toHaveProperty('Item');
  }, 300_000);

  test('gives a seat to one of 32 who want it', async () => {
    const wants = Array.from({ length: 32 }, (_, who) =>
      dynamodb(url(), 'PutItem', {
        TableName: 'prod-booking-seats',
        Item: { show: { S: 'a' }, seat: { S: '1' }, holder: { S: `${who}` } },
        ConditionExpression: 'attribute_not_exists(holder)',
      }).then(
        () => 'got it',
        (error) => error.type,
      ),
    );
    const outcomes = await Promise.all(wants);
    expect(outcomes.filter((outcome) => outcome === 'got it')).toHaveLength(1);
    expect(unique(outcomes).sort()).toEqual(['ConditionalCheckFailedException', 'got it']);
  });

  test('the stream of a replicated table does not grow without a bound', async () => {
    const { Table } = await dynamodb<{ Table: { LatestStreamArn: string } }>(url(), 'DescribeTable', {
      TableName: 'prod-booking-shows',
    });
    const { StreamDescription } = await dynamodb<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
      url(),
      'DescribeStream',
      {
        StreamArn: Table.LatestStreamArn,
      },
    );
    const put = (id: string) =>
      dynamodb(url(), 'PutItem', { TableName: 'prod-booking-shows', Item: { id: { S: id } } });
    await all(kept + 500, [], put);
    await until('the trimming', 30, async () => {
      const { ShardIterator } = await dynamodb<{ ShardIterator: string }>(url(), 'GetShardIterator', {
        StreamArn: Table.LatestStreamArn,
        ShardId: StreamDescription.Shards[0]?.ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      });
      let count = 0;
      for (let at: string | undefined = ShardIterator; at; ) {
        const page: { Records: object[]; NextShardIterator?: string } = await dynamodb(url(), 'GetRecords', {
          ShardIterator: at,
        });
        count += page.Records.length;
        at = page.Records.length < 1000 ? undefined : page.NextShardIterator;
      }
      return count <= kept;
    });
    expect((await acknowledged(url(), 'prod-booking-shows')).dropped).toMatch(/^\d+$/);
  }, 300_000);
});

describe('s3', () => {
  const url = () => `http://${region.listens.address}:${region.listens.s3}`;
  const as = (user: string, password = passwordOf('s3', user)) => ({
    user,
    password,
    awsRegion: region.listens.awsRegion,
  });
  const path = (name: string) => pathOf('prod-live-recordings', name);

  test('what it acknowledged is there after kill -9', async () => {
    const acknowledged: string[] = [];
    const put = async (name: string) => {
      const { ok, status } = await s3(url(), as('prod-live'), 'PUT', path(name), { body: `of ${name}` });
      if (!ok) throw new Error(`${status}`);
    };
    await killedUnder('s3', all(600, acknowledged, put), acknowledged);
    for (const name of acknowledged)
      expect(await (await s3(url(), as('prod-live'), 'GET', path(name))).text()).toBe(`of ${name}`);
  }, 300_000);

  test.each([
    ['a wrong password', () => as('prod-live', 'guessed')],
    ['the account of other data', () => as('dev-live')],
    ['an account that is not there', () => as('prod-booking')],
  ])('refuses %s', async (_, login) => {
    expect((await s3(url(), login(), 'PUT', path('x'), { body: 'x' })).status).toBe(403);
    expect((await s3(url(), login(), 'GET', path('n0'))).status).toBe(403);
  });
  test('refuses whoever does not sign', async () => {
    expect((await fetch(`${url()}${path('n0')}`)).status).toBe(403);
  });
});

describe('postgresql', () => {
  const psql = ['/usr/lib/postgresql/15/bin/psql', '-qAtX', '-v', 'ON_ERROR_STOP=1'];
  const login = (user: string, password: string, database: string, data = 'prod') => [
    ...['env', `PGPASSWORD=${password}`, 'PGCONNECT_TIMEOUT=5', ...psql, '-h', region.listens.address],
    ...['-p', `${region.listens.postgres[data]}`, '-U', user, database],
  ];
  const own = (data = 'prod') =>
    login(`${data}_ticket`, passwordOf('postgres', `${data}_ticket`), `${data}_ticket`, data);

  test('what it acknowledged is there after kill -9', async () => {
    await region.inside('postgres', own(), 'create table numbers (n int primary key);');
    const acknowledged: string[] = [];
    let next = 0;
    const end = Date.now() + 240_000;
    // Session after session, until one came to its end after one that was cut short.
    const load = async () => {
      for (let failed = false; Date.now() < end; ) {
        const from = next;
        next += 5000;
        const writes = Array.from(
          { length: 5000 },
          (_, n) => `insert into numbers values (${from + n}) returning n;\n`,
        );
        const writer = await region.begin('postgres', own(), writes.join(''));
        writer.stdout?.setEncoding('utf8').on('data', (data: string) => {
          acknowledged.push(...data.split('\n').filter(Boolean));
        });
        const [status] = await once(writer, 'close');
        if (status === 0 && failed) return;
        if (status !== 0) failed = true;
        await sleep(200);
      }
    };
    await killedUnder('postgres-prod', load(), acknowledged);
    const there = await until('postgres', 60, () => region.inside('postgres', own(), 'select n from numbers;'));
    const kept = new Set(there.split('\n'));
    expect(acknowledged.filter((number) => !kept.has(number))).toEqual([]);
  }, 300_000);

  test('one that hangs, as in a drill, is an error soon for who asks it, and answers again when it is woken', async () => {
    const { hang, hangs, wake } = region.database;
    await hang();
    try {
      expect(await hangs()).toBe(true);
      await expect(askPostgres(region.running, 'prod', 'select 1')).rejects.toThrow(/timeout expired/);
    } finally {
      await wake();
    }
    expect(await hangs()).toBe(false);
    expect(await until('postgres', 30, () => askPostgres(region.running, 'prod', 'select 1'))).toBe('1\n');
  }, 60_000);

  test.each([
    ['a wrong password', () => login('prod_ticket', 'guessed', 'prod_ticket'), /password authentication failed/],
    [
      'the database of other data',
      () => login('dev_ticket', passwordOf('postgres', 'dev_ticket'), 'prod_ticket'),
      /password authentication failed/,
    ],
    [
      'a database that is not its own',
      () => login('probe', passwordOf('postgres', 'probe'), 'prod_ticket'),
      /permission denied for database/,
    ],
    ['the administrator over the network', () => login('postgres', '', 'postgres'), /password/],
  ])('refuses %s', async (_, command, error) => {
    await expect(region.inside('postgres', command(), 'select 1;')).rejects.toThrow(error);
  });
});

test('no argument of a program shows a password', async () => {
  const shown = spawn('ps', ['axww', '-o', 'args'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = await text(shown.stdout);
  expect(lines).toContain(nodeBinary.split('/').at(-1));
  for (const [engine, account] of [
    ['kafka', 'platform'],
    ['s3', 'platform'],
    ['postgres', 'replicator'],
    ['postgres', 'probe'],
  ] as const)
    expect(lines.includes(passwordOf(engine, account))).toBe(false);
});
