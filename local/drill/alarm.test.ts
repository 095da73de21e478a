import { expect, test } from '@jest/globals';
import type { Seen } from '../../dr/ports.ts';
import { alarmAfter } from './alarm.ts';

const well: Seen = { writer: 'ok', app: 'ok', region: 'ok' };
const noDatabase: Seen = { ...well, writer: 'fail' };
const noServices: Seen = { ...well, app: 'fail' };

test.each<[string, [Seen, Seen][], boolean[]]>([
  [
    'both miss the database three times',
    [
      [noDatabase, noDatabase],
      [noDatabase, noDatabase],
      [noDatabase, noDatabase],
    ],
    [false, false, true],
  ],
  [
    'both miss one or the other',
    [
      [noServices, noServices],
      [noDatabase, noDatabase],
      [noServices, noServices],
    ],
    [false, false, true],
  ],
  [
    'one look in between is well',
    [
      [noServices, noServices],
      [noServices, noServices],
      [well, well],
      [noServices, noServices],
    ],
    [false, false, false, false],
  ],
  [
    'one place alone',
    [
      [noServices, well],
      [well, noServices],
      [noServices, well],
    ],
    [false, false, false],
  ],
  [
    'each misses another thing',
    [
      [noServices, noDatabase],
      [noServices, noDatabase],
      [noServices, noDatabase],
    ],
    [false, false, false],
  ],
])('the alarm: %s', (_, looks, goesOff) => {
  const alarm = alarmAfter(3);
  expect(looks.map(([one, other]) => alarm(one, other))).toEqual(goesOff);
});
