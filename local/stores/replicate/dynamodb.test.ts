import { expect, test } from '@jest/globals';
import { higher, type Item, keyFrom, keyOf, lastChanges, type StreamRecord, textOf } from './dynamodb.ts';

const key = (id: string): Item => ({ id: { S: id } });
const record = (eventName: StreamRecord['eventName'], id: string, image?: Item): StreamRecord => ({
  eventName,
  dynamodb: { Keys: key(id), ...(image ? { NewImage: image } : {}), SequenceNumber: '1' },
});
const image = (id: string, value: string): Item => ({ ...key(id), value: { S: value } });

test('of several changes of an item the last one counts, and a batch names it once', () => {
  expect(
    lastChanges([
      record('INSERT', 'a', image('a', '1')),
      record('INSERT', 'b', image('b', '1')),
      record('MODIFY', 'a', image('a', '2')),
      record('REMOVE', 'b'),
      record('REMOVE', 'c'),
      record('INSERT', 'c', image('c', '3')),
    ]),
  ).toEqual([
    { PutRequest: { Item: image('a', '2') } },
    { DeleteRequest: { Key: key('b') } },
    { PutRequest: { Item: image('c', '3') } },
  ]);
});

test('items are the same by their whole key, in whatever order its attributes come', () => {
  const both = { hash: 'show', range: 'seat' };
  const item = (show: string, seat: string): Item => ({ show: { S: show }, seat: { N: seat }, more: { S: 'x' } });
  const turned: Item = { seat: { N: '1' }, show: { S: 'a' } };
  expect(keyOf(item('a', '1'), both)).toEqual({ show: { S: 'a' }, seat: { N: '1' } });
  expect(textOf(turned)).toBe(textOf(keyOf(item('a', '1'), both)));
  expect(textOf(turned)).not.toBe(textOf(keyOf(item('a', '2'), both)));
  expect(keyFrom(textOf(turned))).toEqual(turned);
});

test('numbers of a stream are compared as numbers of any length', () => {
  expect(higher('900000000000000000001', '1000000000000000000000')).toBe('1000000000000000000000');
  expect(higher(undefined, '1')).toBe('1');
  expect(higher('2', undefined)).toBe('2');
  expect(higher(undefined, undefined)).toBeUndefined();
});
