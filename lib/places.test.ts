import { describe, expect, test } from '@jest/globals';
import { type Place, placeFaults } from './places.ts';

const seoul: Place = {
  name: 'seoul',
  account: '111122223333',
  region: 'ap-northeast-2',
  network: '10.10.0.0/16',
  services: '172.20.0.0/16',
  zones: ['a', 'b'],
  people: ['203.0.113.0/24'],
  nodes: { min: 1, desired: 2, max: 3 },
};
const tokyo: Place = {
  ...seoul,
  name: 'tokyo',
  region: 'ap-northeast-1',
  network: '10.20.0.0/16',
  services: '172.21.0.0/16',
};

test('two good places have no fault', () => {
  expect(placeFaults([seoul, tokyo], 'overlays')).toEqual([]);
});

describe('one fault each', () => {
  test.each<[Partial<Place>, string]>([
    [
      { account: '1234' },
      'overlays: tokyo: account: given "1234", allowed the 12 digits of an AWS account; correct it',
    ],
    [{ account: '11112222333a' }, 'tokyo: account'],
    [{ region: 'ap-northeast-9' }, 'tokyo: region: given "ap-northeast-9"'],
    [{ region: '' }, 'tokyo: region'],
    [{ region: 'ap-northeast-2' }, 'tokyo: region: given "ap-northeast-2", allowed a region that no other place has'],
    [{ network: '10.20.0.0' }, 'tokyo: network: given "10.20.0.0"'],
    [{ network: '10.20.1.0/16' }, 'tokyo: network: given "10.20.1.0/16"'],
    [{ network: '8.8.0.0/16' }, 'tokyo: network: given "8.8.0.0/16", allowed private addresses'],
    [{ network: '10.0.0.0/8' }, 'tokyo: network: given "10.0.0.0/8"'],
    [{ network: '10.20.0.0/28' }, 'tokyo: network: given "10.20.0.0/28"'],
    [{ network: '10.10.0.0/16' }, 'tokyo: network: given "10.10.0.0/16", allowed addresses that seoul network'],
    [{ network: '10.10.128.0/17' }, 'tokyo: network: given "10.10.128.0/17", allowed addresses that seoul network'],
    [
      { services: '172.20.128.0/20' },
      'tokyo: services: given "172.20.128.0/20", allowed addresses that seoul services',
    ],
    [{ services: '10.20.0.0/20' }, 'tokyo: services: given "10.20.0.0/20", allowed addresses that tokyo network'],
    [{ zones: ['a'] }, 'tokyo: zones: given "a"'],
    [{ zones: ['a', 'a'] }, 'tokyo: zones'],
    [{ zones: ['a', '1a'] }, 'tokyo: zones'],
    [{ people: ['0.0.0.0/0'] }, 'tokyo: people: given "0.0.0.0/0"'],
    [{ people: ['office'] }, 'tokyo: people: given "office"'],
    [{ nodes: { min: 0, desired: 1, max: 2 } }, 'tokyo: nodes: given "min 0'],
    [{ nodes: { min: 2, desired: 1, max: 3 } }, 'tokyo: nodes: given "min 2, desired 1'],
    [{ nodes: { min: 1, desired: 4, max: 3 } }, 'tokyo: nodes: given "min 1, desired 4, max 3", allowed 1 <= min'],
    [{ nodes: { min: 1, desired: 1.5, max: 3 } }, 'tokyo: nodes'],
  ])('%j', (change, output) => {
    const faults = placeFaults([seoul, { ...tokyo, ...change }], 'overlays');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(output);
  });
});

test('a network beside has addresses of its own', () => {
  const beside = (network: string) => placeFaults([seoul, tokyo], 'overlays', [{ name: 'witness', network }]);
  expect(beside('10.30.0.0/20')).toEqual([]);
  expect(beside('10.20.16.0/20')[0]).toContain(
    'overlays: witness: network: given "10.20.16.0/20", allowed addresses that tokyo',
  );
  expect(beside('10.30.0.0')[0]).toContain('overlays: witness: network: given "10.30.0.0"');
});

test('all faults at once', () => {
  const wrong = { ...tokyo, account: '1', region: 'moon', network: '10.10.0.0/16', services: 'x', zones: [] };
  expect(placeFaults([seoul, wrong], 'overlays').map((fault) => fault.split(': given')[0])).toEqual([
    'overlays: tokyo: account',
    'overlays: tokyo: region',
    'overlays: tokyo: services',
    'overlays: tokyo: zones',
    'overlays: tokyo: network',
  ]);
});
