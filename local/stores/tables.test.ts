import { expect, test } from '@jest/globals';
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
  const found = { Table: { GlobalSecondaryIndexes: [{ IndexName: 'pending' }, { IndexName: 'of somebody' }] } };
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
  };
  expect(tableCalls(seats, whole, true)).toEqual([]);
});
