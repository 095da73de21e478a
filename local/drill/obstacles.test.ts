import { expect, test } from '@jest/globals';
import { lagNames } from '../stores/replicate/settings.ts';
import { regions, seoul } from '../topology.ts';
import { type Before, obstaclesOf } from './obstacles.ts';

const { dynamodb, s3 } = lagNames;
const well: Before = {
  isUp: () => true,
  hasStores: () => true,
  regions,
  isCut: async () => false,
  stillLeft: async () => [],
  cure: async () => 'scripts/failback',
  serves: async () => true,
  whyNotReady: async () => [],
  behind: () => ({ [dynamodb]: 1, [s3]: 10 }),
};

test.each<[string, Partial<Before>, string[]]>([
  ['nothing', {}, []],
  ['the platform is down', { isUp: () => false }, ['scripts/up']],
  ['it has no stores', { hasStores: () => false }, ['--replace']],
  ['a region is cut off', { isCut: async (region) => region === seoul }, ['scripts/region seoul on']],
  [
    'a failover left something',
    { stillLeft: async () => ['a show', 'a quota'], cure: async () => 'scripts/x clears it' },
    ['a show: scripts/x clears it first', 'a quota: scripts/x clears it first'],
  ],
  ['prod does not answer', { serves: async () => false }, ['scripts/promote SERVICE prod']],
  ['Tokyo is not ready', { whyNotReady: async () => ['no image'] }, ['no image']],
  ['Tokyo is behind', { behind: () => ({ [dynamodb]: 10.6, [s3]: null }) }, ['11 s behind', 'not known to be copied']],
  ['nothing is measured', { behind: () => ({}) }, ['not known', 'not known']],
])('what keeps a drill from beginning: %s', async (_, but, found) => {
  expect(await obstaclesOf({ ...well, ...but })).toEqual(found.map((words) => expect.stringContaining(words)));
});
