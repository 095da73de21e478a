import { expect, test } from '@jest/globals';
import { seoul } from '../topology.ts';
import { aclsOf, brokerOf } from './kafka.ts';
import { listensOf } from './listens.ts';
import { wantedIn } from './wanted.ts';

const stores = wantedIn('seoul');
const broker = brokerOf(listensOf(seoul), stores, (engine, account) => `${engine}/${account}`);

test('a service may write and read its own topics, read those that it names, and commit as its own group', () => {
  const ticket = stores.find(({ data, service }) => data === 'prod' && service === 'ticket');
  expect(ticket && aclsOf(ticket)).toEqual([
    {
      user: 'prod.ticket',
      resource: 'topic',
      name: 'prod.ticket.',
      prefixed: true,
      operations: ['read', 'write', 'describe'],
    },
    { user: 'prod.ticket', resource: 'group', name: 'prod.ticket', prefixed: false, operations: ['read', 'describe'] },
    {
      user: 'prod.ticket',
      resource: 'topic',
      name: 'prod.booking.bookings',
      prefixed: false,
      operations: ['read', 'describe'],
    },
  ]);
});

test('accounts have passwords of their own, and one who has no topics has no account', () => {
  expect(broker.users.map(({ name }) => name)).toEqual(['dev.booking', 'dev.ticket', 'prod.booking', 'prod.ticket']);
  expect(new Set(broker.users.map(({ password }) => password)).size).toBe(4);
  expect(broker.acls.some(({ user }) => user.includes('live'))).toBe(false);
});

test('every topic is of one data name and service', () => {
  expect(broker.topics.map(({ name }) => name)).toEqual([
    'dev.booking.queue',
    'dev.booking.bookings',
    'dev.ticket.bookings.refused',
    'prod.booking.queue',
    'prod.booking.bookings',
    'prod.ticket.bookings.refused',
  ]);
});
