import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { missingTables } from './make.ts';
import { tableCalls } from './tables.ts';

const seats = {
  name: 'prod-booking-seats',
  key: { partition: 'show', sort: { name: 'seat', type: 'N' as const } },
  indexes: {
    pending: { partition: 'pending', sort: 'bookedAt' },
    booked: { partition: 'bookedDay', sort: 'bookedAt' },
  },
  expires: 'until',
};
const expiring = (by: string | undefined) => ({
  TimeToLiveDescription: by ? { TimeToLiveStatus: 'ENABLED', AttributeName: by } : { TimeToLiveStatus: 'DISABLED' },
});
const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });
const index = (IndexName: string, hash: string) => ({
  IndexName,
  KeySchema: [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: 'bookedAt', KeyType: 'RANGE' },
  ],
  Projection: { ProjectionType: 'ALL' },
});

test('a table that is missing is made with its key, its indexes, each attribute once, its stream and its expiry', () => {
  expect(tableCalls(seats, undefined, true)).toEqual([
    [
      'CreateTable',
      {
        TableName: 'prod-booking-seats',
        KeySchema: [
          { AttributeName: 'show', KeyType: 'HASH' },
          { AttributeName: 'seat', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          attribute('show'),
          attribute('seat', 'N'),
          attribute('pending'),
          attribute('bookedAt'),
          attribute('bookedDay'),
        ],
        BillingMode: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexes: [index('pending', 'pending'), index('booked', 'bookedDay')],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      },
    ],
    [
      'UpdateTimeToLive',
      { TableName: 'prod-booking-seats', TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' } },
    ],
  ]);
});

test('a plain table is made without what it has not', () => {
  const [call, ...more] = tableCalls({ name: 'a', key: { partition: 'id' }, indexes: {} }, undefined, false);
  expect(more).toEqual([]);
  expect(Object.keys(call?.[1] ?? {})).toEqual(['TableName', 'KeySchema', 'AttributeDefinitions', 'BillingMode']);
});

test('a table that is there gets the indexes and the stream that it lacks, one call each, and nothing else', () => {
  const found = {
    Table: { GlobalSecondaryIndexes: [{ IndexName: 'pending' }, { IndexName: 'of somebody' }] },
    ...expiring('until'),
  };
  expect(tableCalls(seats, found, true)).toEqual([
    [
      'UpdateTable',
      {
        TableName: 'prod-booking-seats',
        AttributeDefinitions: [
          attribute('show'),
          attribute('seat', 'N'),
          attribute('bookedDay'),
          attribute('bookedAt'),
        ],
        GlobalSecondaryIndexUpdates: [{ Create: index('booked', 'bookedDay') }],
      },
    ],
    [
      'UpdateTable',
      { TableName: 'prod-booking-seats', StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } },
    ],
  ]);
  const whole = {
    Table: {
      GlobalSecondaryIndexes: [{ IndexName: 'pending' }, { IndexName: 'booked' }],
      StreamSpecification: { StreamEnabled: true },
    },
    ...expiring('until'),
  };
  expect(tableCalls(seats, whole, true)).toEqual([]);
});

test.each([
  ['nothing', 'until', ['on until']],
  ['until', 'until', []],
  ['before', 'until', ['off before', 'on until']],
  ['until', 'nothing', ['off until']],
  ['nothing', 'nothing', []],
])('a table that is there and expires by %s, and should by %s, is reported: %j', async (from, to, reported) => {
  const wanted = { name: 'plain', key: { partition: 'id' }, indexes: {}, ...(to === 'nothing' ? {} : { expires: to }) };
  const changes: string[] = [];
  let by = from;
  const engine = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1];
      const { AttributeName, Enabled } = JSON.parse(body).TimeToLiveSpecification ?? {};
      if (operation === 'UpdateTimeToLive') {
        changes.push(`${Enabled ? 'on' : 'off'} ${AttributeName}`);
        by = Enabled ? AttributeName : 'nothing';
      }
      response.end(JSON.stringify({ Table: {}, ...expiring(by === 'nothing' ? undefined : by) }));
    });
  });
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  expect(await missingTables(url, [wanted], false)).toEqual(reported.length > 0 ? ['table plain'] : []);
  expect(await missingTables(url, [wanted], false)).toEqual([]);
  expect(changes).toEqual(reported);
  engine.closeAllConnections();
  engine.close();
});
