import { expect, test } from '@jest/globals';
import { type Groups, haproxyConfig, shares, toIngress, weightsOf } from './accelerator.ts';

const on = { dial: 100, weight: 128 };
const groups = (seoul: Groups['seoul'], tokyo: Groups['tokyo']): Groups => ({ seoul, tokyo });

test.each([
  ['before a failover', groups(on, { dial: 0, weight: 0 }), 100, 0],
  ['Tokyo raised, Seoul not lowered yet', groups(on, on), 100, 0],
  ['after a failover', groups({ dial: 0, weight: 0 }, on), 0, 100],
  ['weight 0 alone keeps Seoul out', groups({ dial: 100, weight: 0 }, on), 0, 100],
  ['dial 0 alone, too, as long as health decides nothing', groups({ dial: 0, weight: 128 }, on), 0, 100],
  ['the first step back', groups({ dial: 10, weight: 128 }, on), 10, 90],
  ['half of the way back', groups({ dial: 50, weight: 128 }, on), 50, 50],
  [
    'Tokyo at weight 0 gets nothing of what the dial of Seoul turns away',
    groups({ dial: 10, weight: 128 }, { dial: 100, weight: 0 }),
    100,
    0,
  ],
  ['both out', groups({ dial: 0, weight: 0 }, { dial: 100, weight: 0 }), 0, 0],
])('%s', (_, given, seoul, tokyo) => {
  expect(shares(given)).toEqual({ seoul, tokyo });
  expect(haproxyConfig(given)).toContain(`server seoul 10.89.0.2:8080 weight ${seoul} ${toIngress}\n`);
  expect(haproxyConfig(given)).toContain(`server tokyo 10.89.0.3:8080 weight ${tokyo} ${toIngress}\n`);
});

test.each([
  [100, { seoul: 100, tokyo: 0, nobody: 0 }],
  [50, { seoul: 50, tokyo: 0, nobody: 50 }],
  [10, { seoul: 10, tokyo: 0, nobody: 90 }],
])('of those who enter Seoul, %i %% are let in', (letsIn, weights) => {
  const home = groups(on, { dial: 0, weight: 0 });
  expect(weightsOf(home, letsIn)).toEqual(weights);
  expect(haproxyConfig(home, letsIn)).toContain(`server nobody 127.0.0.1:1 weight ${weights.nobody}\n`);
});

test('where no region takes customers, nobody is let in either way', () => {
  const closed = groups({ dial: 0, weight: 0 }, { dial: 0, weight: 0 });
  expect(weightsOf(closed, 100)).toEqual({ seoul: 0, tokyo: 0, nobody: 0 });
});
