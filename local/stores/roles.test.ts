import { expect, test } from '@jest/globals';
import { type RegionName, regions, tokyo } from '../topology.ts';
import { type Effects, rolesOf } from './roles.ts';
import type { Writer } from './writer.ts';

test('a call that was killed between two regions is completed by the next one, with the same epoch', () => {
  const known: Record<RegionName, Writer> = {
    seoul: { region: 'seoul', epoch: 1 },
    tokyo: { region: 'seoul', epoch: 1 },
  };
  let left = 1;
  const effects: Pick<Effects, 'regions' | 'knows' | 'recordWriter'> = {
    regions,
    knows: ({ name }) => known[name],
    recordWriter: ({ name }, writer) => {
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
