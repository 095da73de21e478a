import { expect, test } from '@jest/globals';
import { seoul } from '../topology.ts';
import { listensOf } from './listens.ts';
import { passwordsOf } from './passwords.ts';
import { programsOf } from './settings.ts';
import { addressesOf, lagLines, measuredNow, treeOf } from './status.ts';

test('every program that listens is asked where it listens', () => {
  const listens = listensOf(seoul);
  const given = {
    listens,
    all: [],
    stores: [],
    replicated: [],
    standbys: {},
    passwordOf: passwordsOf(''),
    clusterId: '',
  };
  const names = programsOf(given).map(({ name }) => name);
  expect(Object.keys(addressesOf(listens)).sort()).toEqual(names.filter((name) => name !== 'replicate').sort());
});

test('a program is all that it started', () => {
  const of = (pid: number, parent: number) => ({ pid, parent, inside: pid });
  const all = [of(10, 1), of(11, 10), of(12, 11), of(20, 1)];
  expect(treeOf(of(10, 1), all).map(({ pid }) => pid)).toEqual([10, 11, 12]);
});

test('a lag is shown while it is measured, as the bound that it is', () => {
  const lag = { at: 100_000, writer: 'seoul', behind: { postgresql: 0.42, 's3 (stand-in for replication)': null } };
  expect(lagLines(lag, 101_000)).toEqual([
    'postgresql: at most 0.4 s behind seoul',
    's3 (stand-in for replication): lag not known yet',
  ]);
  expect(lagLines(lag, 160_000)).toEqual(['replication: not measured for 60 s']);
});

test('of a copy whose measurement stands still nobody knows how far it is', () => {
  const lag = { at: 100_000, writer: 'tokyo', behind: { postgresql: 0.1 } };
  expect(measuredNow(lag, 110_000)).toBe(lag);
  expect(measuredNow(lag, 110_001)).toBeUndefined();
  expect(measuredNow(undefined, 100_000)).toBeUndefined();
});
