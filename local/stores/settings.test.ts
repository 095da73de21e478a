import { expect, test } from '@jest/globals';
import { dynamodbPort } from '../../overlays/sites/local.ts';
import { seoul, tokyo } from '../topology.ts';
import { listensOf } from './listens.ts';
import { passwordsOf } from './passwords.ts';
import {
  filesOf,
  type Given,
  postgresqlConf,
  programLines,
  programsOf,
  replicateSettings,
  serverProperties,
  users,
} from './settings.ts';
import { isReplicated, wantedIn } from './wanted.ts';

const all = [listensOf(seoul), listensOf(tokyo)] as const;
const of = (listens: (typeof all)[number]): Given => ({
  ...{ listens, all, stores: wantedIn(listens.region), passwordOf: passwordsOf('key'), clusterId: 'a'.repeat(22) },
  replicated: Object.keys(listens.postgres).filter(isReplicated),
  standbys: listens.region === 'tokyo' ? { prod: { postgresHost: 'postgres.seoul.internal', postgresPort: 5432 } } : {},
});
const [inSeoul, inTokyo] = [of(all[0]), of(all[1])];
const lines = (text: string) => text.trim().split('\n');

test('Seoul has dev and prod, Tokyo prod, each with what it needs', () => {
  const names = (given: Given) => programsOf(given).map(({ name }) => name);
  expect(names(inSeoul).sort()).toEqual([
    'dynamodb-dev-booking',
    'dynamodb-dev-live',
    'dynamodb-prod-booking',
    'dynamodb-prod-live',
    'kafka',
    'postgres-dev',
    'postgres-prod',
    'replicate',
    's3',
  ]);
  expect(names(inTokyo).sort()).toEqual([
    'dynamodb-prod-booking',
    'dynamodb-prod-live',
    'kafka',
    'postgres-prod',
    'replicate',
    's3',
  ]);
});

test('init.sh reads a program from each line, and knows its user', () => {
  for (const line of lines(programLines(programsOf(inSeoul)))) {
    const [name, user = '', ...command] = line.split(' ');
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(Object.keys(users)).toContain(user);
    expect(command.length).toBeGreaterThan(1);
  }
});

test('no program is given a password as an argument, and each file is read by one engine', () => {
  const passwords = [/[0-9a-f]{64}/];
  for (const given of [inSeoul, inTokyo]) {
    for (const password of passwords) expect(programLines(programsOf(given))).not.toMatch(password);
    for (const { path, user } of filesOf(given))
      expect(path.split('/')[0]).toBe(path.startsWith('replicate/') ? 'replicate' : user);
  }
});

test('Kafka takes nobody who does not sign in, and lets nobody do what no rule allows', () => {
  const properties = Object.fromEntries(
    lines(serverProperties(inSeoul)).map((line) => [
      line.slice(0, line.indexOf('=')),
      line.slice(line.indexOf('=') + 1),
    ]),
  );
  expect(properties['listener.security.protocol.map']).toBe('CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT');
  expect(properties.listeners).toBe('CLIENTS://10.89.0.2:9092,CONTROLLER://127.0.0.1:9093');
  expect(properties['advertised.listeners']).toBe('CLIENTS://kafka.seoul.internal:9092');
  expect(properties['super.users']).toBe('User:platform');
  expect(properties['allow.everyone.if.no.acl.found']).toBe('false');
  expect(properties['authorizer.class.name']).toMatch(/StandardAuthorizer$/);
  expect(properties['auto.create.topics.enable']).toBe('false');
});

test('both regions have one setting of PostgreSQL, but for where they listen; the standby knows its source and its slot', () => {
  const settings = (given: Given) => lines(postgresqlConf(given, 'prod'));
  const only = (one: Given, other: Given) => settings(one).filter((line) => !settings(other).includes(line));
  expect(only(inSeoul, inTokyo)).toEqual(["listen_addresses='10.89.0.2'", "cluster_name='seoul-prod'"]);
  expect(only(inTokyo, inSeoul)).toEqual([
    "listen_addresses='10.89.0.3'",
    "cluster_name='tokyo-prod'",
    expect.stringContaining('host=postgres.seoul.internal port=5432 user=replicator'),
    "primary_slot_name='tokyo'",
  ]);
  // It is in a file of its own.
  expect(postgresqlConf(inTokyo, 'prod')).not.toMatch(/[0-9a-f]{64}/);
});

test('only a standby has a source', () => {
  const source = (given: Given, data: string) =>
    filesOf(given).find(({ path }) => path === `postgres/${data}/source`)?.text;
  expect([source(inSeoul, 'dev'), source(inSeoul, 'prod')]).toEqual(['', '']);
  expect(source(inTokyo, 'prod')).toBe('SOURCE_HOST=postgres.seoul.internal\nSOURCE_PORT=5432\n');
});

test('prod alone is copied, in the same words in both regions', () => {
  const { here, ...settings } = replicateSettings(inTokyo);
  expect(here).toBe('tokyo');
  expect(settings).toEqual({ ...replicateSettings(inSeoul), here: undefined });
  expect(settings.tables).toEqual({
    'prod-booking': ['prod-booking-shows', 'prod-booking-seats', 'prod-booking-places', 'prod-booking-sales'],
    'prod-live': ['prod-live-channels'],
  });
  expect(settings.buckets).toEqual(['prod-live-recordings']);
  expect(settings.sides.seoul?.dynamodb['prod-booking']).toBe(
    `http://dynamodb.seoul.internal:${dynamodbPort('prod', 'booking')}`,
  );
  expect(settings.sides.seoul?.postgres).toEqual({ host: 'postgres.seoul.internal', port: 5432 });
});
