import { expect, test } from '@jest/globals';
import { faultText } from '../lib/errors.ts';
import { type Assigned, assigned, assignedFaults } from './assigned.ts';
import { regions } from './regions/index.ts';

const somebody = regions.map((region) => ({ ...region, aws: { ...region.aws, account: '210987654321' } }));
const copied: Assigned = {
  kafka: { seoul: 'q1w2e3.c4', tokyo: 'z9y8x7.c2' },
  globalDatabase: 'abcdefghijkl',
  devDatabase: 'mnopqrstuvwx',
};
const whats = (values: Assigned) => assignedFaults(somebody, values).map(({ what }) => what);

test('with an account of the documentation nothing has to be copied', () => {
  expect(assignedFaults(regions)).toEqual([]);
});

test('with an account of somebody each part that is not copied is reported, at once', () => {
  expect(whats(assigned)).toEqual(['kafka.seoul', 'kafka.tokyo', 'globalDatabase', 'devDatabase']);
  expect(faultText(assignedFaults(somebody, assigned)[0] as never)).toMatch(
    /^overlays\/assigned\.ts: kafka\.seoul: given "example\.c2", allowed the part that AWS made up, such as a1b2c3\.c2; copy it from tofu output kafka-seoul-brokers/,
  );
  expect(whats(copied)).toEqual([]);
});

test('more than the part, or something else, is reported', () => {
  expect(
    whats({ ...copied, globalDatabase: 'reserve-db-global.global-abcdefghijkl.global.rds.amazonaws.com' }),
  ).toEqual(['globalDatabase']);
  expect(whats({ ...copied, kafka: { ...copied.kafka, tokyo: 'z9y8x7' } })).toEqual(['kafka.tokyo']);
  expect(whats({ ...copied, devDatabase: '' })).toEqual(['devDatabase']);
});
