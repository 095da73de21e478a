import { expect, test } from '@jest/globals';
import { type Ground, ground, groundFaults } from './ground.ts';

test('what is in overlays/ has no fault', () => {
  expect(groundFaults(ground)).toEqual([]);
});

test('an account, an address range and a region that are wrong are refused at once', () => {
  const { seoul, tokyo } = ground.regions;
  const wrong: Ground = {
    ...ground,
    regions: {
      seoul: { ...seoul, network: '10.10.1.0/16', aws: { ...seoul.aws, account: '1111-2222-3333' } },
      tokyo: { ...tokyo, services: seoul.services, aws: { ...tokyo.aws, region: 'tokyo' } },
    },
  };
  expect(groundFaults(wrong).map((fault) => fault.split(', allowed')[0])).toEqual([
    'overlays: seoul: account: given "1111-2222-3333"',
    'overlays: seoul: network: given "10.10.1.0/16"',
    'overlays: tokyo: region: given "tokyo"',
    'overlays: tokyo: services: given "172.20.0.0/16"',
    'overlays: tokyo: account: given "111122223333"',
  ]);
});
