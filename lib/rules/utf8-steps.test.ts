import { expect, test } from '@jest/globals';
import { task } from './testing.ts';
import { utf8Steps } from './utf8-steps.ts';

test('a step with a locale of UTF-8 passes', () => {
  expect(utf8Steps([task({ env: [{ name: 'LANG', value: 'C.UTF-8' }] })])).toEqual([]);
});
test.each([[undefined], [[]], [[{ name: 'LANG', value: 'C' }]], [[{ name: 'LC_TIME', value: 'C.UTF-8' }]]])(
  'a step with the environment %j is a fault',
  (env) => {
    expect(utf8Steps([task({ env })])).toEqual([expect.stringContaining('step build has no LANG; declare it')]);
  },
);
