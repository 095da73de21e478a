import { expect, test } from '@jest/globals';
import { type RegionName, regions, tokyo } from '../topology.ts';
import { type Effects, rolesOf } from './roles.ts';
import type { Writer } from './writer.ts';

test('who was killed after one of two regions had heard where items are written tells the other one, and no later epoch', () => {
  const known: Record<RegionName, Writer> = {
    seoul: { region: 'seoul', epoch: 1 },
    tokyo: { region: 'seoul', epoch: 1 },
  };
  let left = 1;
  const effects: Pick<Effects, 'regions' | 'knows' | 'tell'> = {
    regions,
    knows: ({ name }) => known[name],
    tell: ({ name }, writer) => {
      if (writer.epoch <= known[name].epoch) return;
      if (left-- === 0) throw new Error('killed');
      known[name] = writer;
    },
  };
  const { writeItemsIn, itemsWriter } = rolesOf(effects as Effects);
  expect(() => writeItemsIn(tokyo)).toThrow('killed');
  left = 9;
  writeItemsIn(tokyo);
  writeItemsIn(tokyo);
  expect(known.seoul).toEqual({ region: 'seoul', epoch: 2, items: 'tokyo' });
  expect(known.tokyo).toEqual(known.seoul);
  expect(itemsWriter()).toBe(tokyo);
});
