import type { DataName } from '../../overlays/sites/local.ts';
import type { RegionName } from '../topology.ts';

/** A text unless it says that it is a number. */
export type Attribute = string | { name: string; type: 'N' };
export type Key = { partition: Attribute; sort?: Attribute };
export type Table = { name: string; key: Key; indexes: Record<string, Key>; expires?: string };
export type Topic = { name: string; partitions: number; hours: number };

/** What one service has in the stores of one data name. Names are whole, as clients use them. */
export type ServiceStores = {
  data: DataName;
  service: string;
  /** Where the service runs with these data. */
  environments: { name: string; region: RegionName }[];
  tables: Table[];
  buckets: string[];
  topics: Topic[];
  /** Topics of other services. */
  reads: string[];
  /** The name of its database and of the role that owns it. */
  database: string | undefined;
  /**
   * By whom an engine knows it. `kafka`: it may write and read the topics of which this and a dot is the prefix, read those of `reads`, and commit
   * as the consumer group of this name. `key`: the access key id for its tables and buckets.
   */
  accounts: { kafka: string | undefined; key: string | undefined };
};

/** A Secret of a service. Those of the same data (`of`) have the same values in every region. */
export type ServiceSecret = { namespace: string; name: string; keys: string[]; of: string };

const environmentsWith: Record<DataName, ServiceStores['environments']> = {
  dev: [{ name: 'dev', region: 'seoul' }],
  prod: [
    { name: 'prod', region: 'seoul' },
    { name: 'dr', region: 'tokyo' },
  ],
};
const week = 7 * 24;
const ofData = (data: DataName): ServiceStores[] => [
  {
    ...{ data, service: 'booking', environments: environmentsWith[data] },
    tables: [
      { name: `${data}-booking-shows`, key: { partition: 'id' }, indexes: {} },
      {
        name: `${data}-booking-seats`,
        key: { partition: 'show', sort: 'seat' },
        indexes: {
          pending: { partition: 'pending', sort: 'bookedAt' },
          booked: { partition: 'bookedDay', sort: 'bookedAt' },
        },
      },
      { name: `${data}-booking-places`, key: { partition: 'pk', sort: 'sk' }, indexes: {} },
      { name: `${data}-booking-sales`, key: { partition: 'id' }, indexes: {} },
    ],
    buckets: [],
    topics: [
      { name: `${data}.booking.queue`, partitions: 6, hours: 24 },
      { name: `${data}.booking.bookings`, partitions: 6, hours: week },
    ],
    reads: [],
    database: undefined,
    accounts: { kafka: `${data}.booking`, key: `${data}-booking` },
  },
  {
    ...{ data, service: 'ticket', environments: environmentsWith[data] },
    tables: [],
    buckets: [],
    topics: [{ name: `${data}.ticket.bookings.refused`, partitions: 1, hours: week }],
    reads: [`${data}.booking.bookings`],
    database: `${data}_ticket`,
    accounts: { kafka: `${data}.ticket`, key: undefined },
  },
  {
    ...{ data, service: 'live', environments: environmentsWith[data] },
    tables: [
      {
        name: `${data}-live-channels`,
        key: { partition: 'id' },
        indexes: {
          month: { partition: 'month', sort: 'openedAtId' },
          show: { partition: 'show', sort: 'openedAtId' },
        },
      },
    ],
    buckets: [`${data}-live-recordings`],
    topics: [],
    reads: [],
    database: undefined,
    accounts: { kafka: undefined, key: `${data}-live` },
  },
];

/** All that is to exist, in every region. */
export const allStores: readonly ServiceStores[] = (['dev', 'prod'] as const).flatMap(ofData);

/** The Secrets of the services. */
export const serviceSecrets: readonly ServiceSecret[] = allStores.flatMap(({ data, service, environments, ...one }) => [
  ...environments.flatMap(({ name: namespace }): ServiceSecret[] => [
    ...(one.accounts.kafka ? [{ namespace, name: `${service}-kafka`, keys: ['password'], of: data }] : []),
    ...(one.database ? [{ namespace, name: `${service}-postgres`, keys: ['password'], of: data }] : []),
    ...(one.accounts.key ? [{ namespace, name: `${service}-keys`, keys: ['secret'], of: data }] : []),
    ...(service === 'ticket' ? [{ namespace, name: 'ticket-key', keys: ['key'], of: data }] : []),
    ...(service === 'booking' ? [{ namespace, name: 'booking-queue-key', keys: ['key'], of: data }] : []),
  ]),
]);

const isIn = (region: string, { environments }: ServiceStores) => environments.some((one) => one.region === region);
/** All that is to exist in the stores of a region. */
export const wantedIn = (region: string): ServiceStores[] => allStores.filter((one) => isIn(region, one));

/** Whether data are in two regions, and so are copied to the one that does not write them. */
export const isReplicated = (data: string): boolean =>
  new Set(
    allStores
      .filter((one) => one.data === data)
      .flatMap(({ environments }) => environments.map(({ region }) => region)),
  ).size > 1;

/** The DynamoDB of a service's data: a process and a file. */
export const dynamodbOf = ({ data, service }: Pick<ServiceStores, 'data' | 'service'>): string => `${data}-${service}`;
