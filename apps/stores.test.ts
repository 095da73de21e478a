import { describe, expect, test } from '@jest/globals';
import { dr } from '../overlays/environments/dr.ts';
import { environments } from '../overlays/environments/index.ts';
import { prod } from '../overlays/environments/prod.ts';
import type { Overlay } from '../overlays/overlay.ts';
import { aws } from '../overlays/sites/aws.ts';
import { localImages } from '../overlays/sites/local.testing.ts';
import { dynamodbPort, local } from '../overlays/sites/local.ts';
import { services } from './index.ts';
import { databaseOf, storePlaces, storesOf, storeVariables } from './stores.ts';

const embedded = local(localImages, { stores: true });
const named = (name: string) => services.find((service) => service.name === name) as (typeof services)[number];
/** Variable → value, or `<Secret>/<key>`. */
const variables = (service: string, overlay: Overlay, site = embedded) =>
  Object.fromEntries(
    storeVariables(named(service), { site, overlay }).map((variable) => [
      variable.name,
      'value' in variable ? variable.value : `${variable.secret.name}/${variable.secret.key}`,
    ]),
  );
const places = (service: string, overlay: Overlay, site = embedded) =>
  storePlaces(named(service), { site, overlay }).map(({ cidr, port }) => `${cidr} ${port}`);
const names = services.map(({ name }) => name);
const port = (data: 'dev' | 'prod', service: string) => dynamodbPort(data, service);

describe('on the embedded platform', () => {
  test('booking finds its tables and its topics', () => {
    expect(variables('booking', prod)).toEqual({
      AWS_REGION: 'ap-northeast-2',
      AWS_ENDPOINT_URL_DYNAMODB: `http://dynamodb.seoul.internal:${port('prod', 'booking')}`,
      AWS_ACCESS_KEY_ID: 'prod-booking',
      AWS_SECRET_ACCESS_KEY: 'booking-keys/secret',
      TABLE_SHOWS: 'prod-booking-shows',
      TABLE_SEATS: 'prod-booking-seats',
      TABLE_PLACES: 'prod-booking-places',
      TABLE_SALES: 'prod-booking-sales',
      KAFKA_BROKERS: 'kafka.seoul.internal:9092',
      KAFKA_PROTOCOL: 'SASL_PLAINTEXT',
      KAFKA_USERNAME: 'prod.booking',
      KAFKA_PASSWORD: 'booking-kafka/password',
      KAFKA_GROUP: 'prod.booking',
      TOPIC_QUEUE: 'prod.booking.queue',
      TOPIC_BOOKINGS: 'prod.booking.bookings',
    });
  });

  test('ticket finds its database and the topics that it reads and writes, in Tokyo those of prod', () => {
    expect(variables('ticket', dr)).toEqual({
      KAFKA_BROKERS: 'kafka.tokyo.internal:9092',
      KAFKA_PROTOCOL: 'SASL_PLAINTEXT',
      KAFKA_USERNAME: 'prod.ticket',
      KAFKA_PASSWORD: 'ticket-kafka/password',
      KAFKA_GROUP: 'prod.ticket',
      TOPIC_BOOKINGS: 'prod.booking.bookings',
      TOPIC_BOOKINGS_REFUSED: 'prod.ticket.bookings.refused',
      PGHOST: 'ticket-db',
      PGPORT: '5432',
      PGDATABASE: 'prod_ticket',
      PGUSER: 'prod_ticket',
      PGPASSWORD: 'ticket-postgres/password',
      PGSSLMODE: 'disable',
      PGTARGETSESSIONATTRS: 'read-write',
      PGCONNECT_TIMEOUT: '2',
    });
  });

  test('live finds its table and its bucket, and where people reach that', () => {
    expect(variables('live', dr)).toEqual({
      AWS_REGION: 'ap-northeast-1',
      AWS_ENDPOINT_URL_DYNAMODB: `http://dynamodb.tokyo.internal:${port('prod', 'live')}`,
      AWS_ENDPOINT_URL_S3: 'http://s3.tokyo.internal:7070',
      S3_PUBLIC_URL: 'http://localhost:7071',
      AWS_ACCESS_KEY_ID: 'prod-live',
      AWS_SECRET_ACCESS_KEY: 'live-keys/secret',
      TABLE_CHANNELS: 'prod-live-channels',
      BUCKET_RECORDINGS: 'prod-live-recordings',
    });
  });

  test('each reaches its own engines, the database in both regions, and nothing else', () => {
    const [seoul, tokyo] = ['10.89.0.2/32', '10.89.0.3/32'];
    expect(places('booking', prod)).toEqual([`${seoul} ${port('prod', 'booking')}`, `${seoul} 9092`]);
    expect(places('ticket', prod)).toEqual([`${seoul} 9092`, `${seoul} 5432`, `${tokyo} 5432`]);
    expect(places('ticket', dr)).toEqual([`${tokyo} 9092`, `${seoul} 5432`, `${tokyo} 5432`]);
    expect(places('live', dr)).toEqual([`${tokyo} ${port('prod', 'live')}`, `${tokyo} 7070`]);
    const [dev] = environments as [Overlay];
    expect(places('ticket', dev)).toEqual([`${seoul} 9092`, `${seoul} 5433`]);
    expect(places('booking', dev)).toEqual([`${seoul} ${port('dev', 'booking')}`, `${seoul} 9092`]);
  });

  test('the DynamoDB of the data of each service has a port of its own', () => {
    const all = (['dev', 'prod'] as const).flatMap((data) => names.map((name) => port(data, name)));
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('on AWS', () => {
  test('tables and buckets are found by the region, with the role of Pod Identity', () => {
    expect(variables('live', dr, aws)).toEqual({
      AWS_REGION: 'ap-northeast-1',
      TABLE_CHANNELS: 'prod-live-channels',
      BUCKET_RECORDINGS: 'prod-live-recordings-111122223333-ap-northeast-1',
    });
    expect(places('live', dr, aws)).toEqual(['0.0.0.0/0 443', '169.254.170.23/32 80']);
    const [internet] = storePlaces(named('live'), { site: aws, overlay: dr });
    expect(internet?.except).toEqual(['169.254.0.0/16', ...aws.networks.own]);
  });

  test('brokers and databases are inside, over TLS', () => {
    const found = variables('ticket', prod, aws);
    expect(found).toMatchObject({ KAFKA_PROTOCOL: 'SASL_SSL', PGSSLMODE: 'require', PGHOST: 'ticket-db' });
    expect(found.KAFKA_BROKERS?.split(',')).toHaveLength(3);
    const inside = (port: number) => aws.networks.own.map((cidr) => `${cidr} ${port}`);
    expect(places('ticket', prod, aws)).toEqual([...inside(9096), ...inside(5432)]);
  });

  test('prod and dr have the same writer, whichever region it is in', () => {
    const writer = (overlay: Overlay) => databaseOf(named('ticket'), { site: aws, overlay })?.writer;
    expect(writer(prod)).toMatch(/\.global\.rds\.amazonaws\.com$/);
    expect(writer(dr)).toBe(writer(prod));
  });
});

test('without stores a service finds and reaches nothing', () => {
  const site = local(localImages, { stores: false });
  for (const name of names) expect([variables(name, prod, site), places(name, prod, site)]).toEqual([{}, []]);
  expect(databaseOf(named('ticket'), { site, overlay: prod })).toBeUndefined();
});

test('data that a region does not have are refused', () => {
  const site = { ...embedded, stores: { ...embedded.stores, tokyo: { ...embedded.stores?.tokyo } } } as typeof embedded;
  if (site.stores) site.stores.tokyo.postgres = { sslMode: 'disable', clusters: {} };
  expect(() => variables('ticket', dr, site)).toThrow('stores: tokyo has no database with the data of prod');
});

describe('all that is to exist', () => {
  const stores = storesOf(services, environments);
  const of = (data: string, service: string) => stores.find((one) => one.data === data && one.service === service);

  test('is listed once for each data name and service, with the environments that have it', () => {
    expect(stores.map(({ data, service }) => `${data} ${service}`)).toEqual([
      ...names.map((name) => `dev ${name}`),
      ...names.map((name) => `prod ${name}`),
    ]);
    expect(of('prod', 'live')?.environments).toEqual([
      { name: 'prod', region: 'seoul', role: 'tickets-prod-live' },
      { name: 'dr', region: 'tokyo', role: 'tickets-dr-live' },
    ]);
  });

  test('has tables with their keys, topics, buckets, databases and accounts', () => {
    expect(of('prod', 'ticket')).toMatchObject({
      tables: [],
      buckets: [],
      topics: [{ name: 'prod.ticket.bookings.refused', partitions: 1, hours: 336 }],
      reads: ['prod.booking.bookings'],
      database: 'prod_ticket',
      accounts: { kafka: 'prod.ticket', key: undefined },
    });
    expect(of('dev', 'live')).toMatchObject({
      tables: [
        {
          name: 'dev-live-channels',
          key: { partition: 'id' },
          indexes: {
            month: { partition: 'month', sort: 'openedAtId' },
            show: { partition: 'show', sort: 'openedAtId' },
          },
        },
      ],
      buckets: ['dev-live-recordings'],
      database: undefined,
      accounts: { kafka: undefined, key: 'dev-live' },
    });
    const seats = of('prod', 'booking')?.tables.find(({ name }) => name === 'prod-booking-seats');
    expect(seats?.key).toEqual({ partition: 'show', sort: 'seat' });
    expect(Object.keys(seats?.indexes ?? {})).toEqual(['pending', 'booked']);
  });

  test('is what the variables of the services name', () => {
    for (const overlay of environments)
      for (const name of names) {
        const found = of(overlay.data, name);
        const given = variables(name, overlay);
        const values = (prefix: string) =>
          Object.entries(given).flatMap(([variable, value]) => (variable.startsWith(prefix) ? [value] : []));
        expect(values('TABLE_')).toEqual(found?.tables.map((table) => table.name));
        expect(values('BUCKET_')).toEqual(found?.buckets);
        expect(values('TOPIC_').sort()).toEqual(
          [...(found?.topics.map((topic) => topic.name) ?? []), ...(found?.reads ?? [])].sort(),
        );
        expect([given.PGDATABASE, given.KAFKA_USERNAME, given.AWS_ACCESS_KEY_ID]).toEqual([
          found?.database,
          found?.accounts.kafka,
          found?.accounts.key,
        ]);
      }
  });

  test('has every topic that somebody reads', () => {
    const topics = stores.flatMap(({ topics }) => topics.map(({ name }) => name));
    for (const { reads } of stores) expect(topics).toEqual(expect.arrayContaining(reads));
  });

  test('is nothing for a service that stores nothing', () => {
    expect(storesOf([{ name: 'shop' }], environments)).toEqual([]);
  });
});
