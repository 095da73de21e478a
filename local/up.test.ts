import { expect, test } from '@jest/globals';
import { optional } from '../lib/optional.ts';
import { phases } from './up.ts';

test.each([[[]], [[...optional]]])(
  'without %j every phase stands after what it needs, under a name of its own',
  (without) => {
    const list = phases(without);
    list.forEach(({ needs }, index) => {
      expect(list.slice(0, index)).toEqual(expect.arrayContaining(Object.values(needs)));
    });
    expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
  },
);
