import { expect, test } from '@jest/globals';
import { postgresStatements } from './postgres.ts';
import { wantedIn } from './wanted.ts';

const passwordOf = (engine: string, account: string) => `${engine}/${account}`;
const prod = wantedIn('seoul').filter(({ data }) => data === 'prod');
const dev = wantedIn('seoul').filter(({ data }) => data === 'dev');

test('an empty server gets the roles, databases and slots that are wanted; others may not connect to a database', () => {
  const { statements, made } = postgresStatements(['role postgres', 'database postgres'], prod, ['tokyo'], passwordOf);
  expect(made).toEqual([
    'role replicator',
    'role probe',
    'table heartbeat',
    'slot tokyo',
    'role prod_ticket',
    'database prod_ticket',
  ]);
  expect(statements).toContain("create role prod_ticket login password 'postgres/prod_ticket'");
  expect(statements).toContain("create role replicator login replication password 'postgres/replicator'");
  expect(statements.indexOf('create database prod_ticket owner prod_ticket')).toBeLessThan(
    statements.indexOf('revoke all on database prod_ticket from public'),
  );
});

test('data of one region alone have no role for replication', () => {
  expect(postgresStatements([], dev, ['tokyo'], passwordOf).made).toEqual(['role dev_ticket', 'database dev_ticket']);
});

test('what is there is left alone, but for a database that is still open to all', () => {
  const there = ['role dev_ticket', 'database dev_ticket'];
  expect(postgresStatements(there, dev, [], passwordOf).statements).toEqual([]);
  expect(postgresStatements([...there, 'open dev_ticket'], dev, [], passwordOf)).toEqual({
    statements: ['revoke all on database dev_ticket from public'],
    made: [],
  });
});

test('a standby is not written to', () => {
  expect(postgresStatements(['standby'], prod, ['tokyo'], passwordOf).statements).toEqual([]);
});
