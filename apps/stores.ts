import type { Variable } from '../charts/service-pod.ts';
import { linkLocal, podIdentityAgent } from '../lib/kube/link-local.ts';
import type { Place } from '../lib/kube/network-policy.ts';
import {
  accessKeyId,
  bucketName,
  databaseHost,
  databaseName,
  databasePort,
  kafkaAccount,
  type Owner,
  serviceRole,
  tableName,
  topicName,
} from '../overlays/names.ts';
import type { DataName, Overlay, RegionName, RegionStores, Site } from '../overlays/overlay.ts';
import { byRegion } from '../overlays/regions/index.ts';

/** An attribute of an item: a text unless it says that it is a number. */
export type Attribute = string | { name: string; type: 'N' };
export type Key = { partition: Attribute; sort?: Attribute };
/** Actions of DynamoDB and of S3 that a role may be allowed. */
export const tableActions = [
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
] as const;
export const bucketActions = ['DeleteObject', 'GetObject', 'ListBucket', 'PutObject'] as const;
type Table = {
  key: Key;
  /** What the service calls: its role may do this to the table, and nothing else. `Query` is for its indexes, too. */
  actions: readonly (typeof tableActions)[number][];
  /** Other keys by which items are found. Items without the attributes of a key are not in its index. */
  indexes?: Record<string, Key>;
  /** The attribute with the time, in seconds, after which an item may be deleted. */
  expires?: string;
};
/** `actions`: what the service calls, and signs links for. */
type Bucket = { actions: readonly (typeof bucketActions)[number][] };
/** `partitions`: so many replicas read at once at most. `hours`: for so long an event stays. */
type Topic = { partitions: number; hours: number };

/** What a service stores in. */
export type Store =
  /** A PostgreSQL database. `migrate`: arguments of the service's own image that bring the schema up to date. */
  | { kind: 'postgres'; migrate: string[] }
  /** A DynamoDB table. */
  | ({ kind: 'table' } & Table)
  /** An S3 bucket. */
  | ({ kind: 'bucket' } & Bucket)
  /** A Kafka topic of its own, which it writes, and may read. */
  | ({ kind: 'topic' } & Topic)
  /** A Kafka topic of another service. By name, because services that call one another cannot import one another, too. */
  | { kind: 'reads'; topic: { service: string; name: string } };
export type Uses = Record<string, Store>;

export const postgres = (migrate: string[]): Store => ({ kind: 'postgres', migrate });
export const table = (table: Table): Store => ({ kind: 'table', ...table });
export const bucket = (bucket: Bucket): Store => ({ kind: 'bucket', ...bucket });
export const topic = (topic: Topic): Store => ({ kind: 'topic', ...topic });
export const reads = (service: string, name: string): Store => ({ kind: 'reads', topic: { service, name } });

/** The part of a definition that stores need. */
type User = { name: string; uses?: Uses | undefined };
/** Where a service runs. */
export type Where = { site: Pick<Site, 'stores'>; overlay: Pick<Overlay, 'region' | 'data'> };

type OfKind<K extends Store['kind']> = [name: string, store: Extract<Store, { kind: K }>][];
const ofKind = <K extends Store['kind']>({ uses = {} }: User, kind: K): OfKind<K> =>
  Object.entries(uses).filter(([, store]) => store.kind === kind) as OfKind<K>;

/** The engines that a service needs of those of its region; undefined where it keeps all in memory. */
function enginesFor(user: User, { site, overlay }: Where) {
  const stores = site.stores?.[overlay.region];
  if (!stores) return undefined;
  const [tables, buckets] = [ofKind(user, 'table'), ofKind(user, 'bucket')];
  const [own, others] = [ofKind(user, 'topic'), ofKind(user, 'reads')];
  const database = ofKind(user, 'postgres').length > 0 ? clusterOf(stores, overlay) : undefined;
  return { stores, tables, buckets, own, others, kafka: own.length + others.length > 0, database };
}

function clusterOf({ postgres }: RegionStores, { region, data }: Where['overlay']) {
  const cluster = postgres.clusters[data];
  if (!cluster) throw new Error(`stores: ${region} has no database with the data of ${data}; add it to the site`);
  return cluster;
}

export const databaseOf = (user: User, where: Where) => enginesFor(user, where)?.database;

/** The part of a variable's name that comes from the name of a store. */
export const storeVariable = (name: string): string => name.replace(/[.-]/g, '_').toUpperCase();

/** Names of variables that the platform gives. */
export const isStoreVariable = (name: string): boolean =>
  /^(?:AWS|BUCKET|KAFKA|TABLE|TOPIC)_|^PG[A-Z]|^(?:S3_PUBLIC_URL|SIGN_IN)$/.test(name);

/** The Secrets of a service with what lets it in to an engine. */
export const storeSecrets = (service: string) => ({
  keys: { name: `${service}-keys`, key: 'secret' },
  kafka: { name: `${service}-kafka`, key: 'password' },
  postgres: { name: `${service}-postgres`, key: 'password' },
});

const awsRegions = byRegion(({ aws }) => aws.region);

/** The environment variables by which a service finds what it uses. */
export function storeVariables(user: User, where: Where): Variable[] {
  const engines = enginesFor(user, where);
  if (!engines) return [];
  const { stores, tables, buckets, own, others, kafka, database } = engines;
  const { data, region } = where.overlay;
  const service = user.name;
  const owner: Owner = { data, service };
  const secret = storeSecrets(service);
  const dynamodb = tables.length > 0 ? stores.dynamodb : undefined;
  const s3 = buckets.length > 0 ? stores.s3 : undefined;
  const named = (prefix: string, list: readonly (readonly [string, string])[]): Variable[] =>
    list.map(([name, value]) => ({ name: `${prefix}_${storeVariable(name)}`, value }));
  const given = (values: Record<string, string | typeof secret.keys>): Variable[] =>
    Object.entries(values).map(([name, value]) =>
      typeof value === 'string' ? { name, value } : { name, secret: value },
    );
  return [
    ...(tables.length + buckets.length > 0 ? given({ AWS_REGION: awsRegions[region] }) : []),
    ...(dynamodb
      ? given({ AWS_ENDPOINT_URL_DYNAMODB: `http://${dynamodb.host}:${dynamodb.port(data, service)}` })
      : []),
    ...(s3 ? given({ AWS_ENDPOINT_URL_S3: s3.url, S3_PUBLIC_URL: s3.publicUrl }) : []),
    ...(dynamodb || s3 ? given({ AWS_ACCESS_KEY_ID: accessKeyId(owner), AWS_SECRET_ACCESS_KEY: secret.keys }) : []),
    ...named(
      'TABLE',
      tables.map(([name]) => [name, tableName(owner, name)]),
    ),
    ...named(
      'BUCKET',
      buckets.map(([name]) => [name, bucketName(owner, name) + stores.bucketSuffix]),
    ),
    ...(kafka
      ? given({
          KAFKA_BROKERS: stores.kafka.brokers,
          KAFKA_PROTOCOL: stores.kafka.protocol,
          KAFKA_USERNAME: kafkaAccount(owner),
          KAFKA_PASSWORD: secret.kafka,
          KAFKA_GROUP: kafkaAccount(owner),
        })
      : []),
    ...named('TOPIC', [
      ...own.map(([name]) => [name, topicName(owner, name)] as const),
      ...others.map(([name, { topic }]) => [name, topicName({ data, service: topic.service }, topic.name)] as const),
    ]),
    ...(database
      ? given({
          PGHOST: databaseHost(service),
          PGPORT: `${databasePort}`,
          PGDATABASE: databaseName(owner),
          PGUSER: databaseName(owner),
          PGPASSWORD: secret.postgres,
          PGSSLMODE: stores.postgres.sslMode,
          PGTARGETSESSIONATTRS: 'read-write',
          PGCONNECT_TIMEOUT: '2',
        })
      : []),
  ];
}

/** What the pods of a service reach of the engines, besides DNS. */
export function storePlaces(user: User, where: Where & { site: Pick<Site, 'networks'> }): Place[] {
  const engines = enginesFor(user, where);
  if (!engines) return [];
  const { stores, tables, buckets, kafka, database } = engines;
  const { site, overlay } = where;
  const [dynamodb, s3] = [stores.dynamodb, stores.s3];
  const ofAws = (tables.length > 0 && !dynamodb) || (buckets.length > 0 && !s3);
  return [
    ...(tables.length > 0 && dynamodb
      ? [{ cidr: `${dynamodb.address}/32`, port: dynamodb.port(overlay.data, user.name) }]
      : []),
    ...(buckets.length > 0 && s3 ? [s3.place] : []),
    // DynamoDB and S3 have public addresses, also where gateway endpoints keep the way to them inside.
    ...(ofAws ? [{ cidr: '0.0.0.0/0', except: [linkLocal, ...site.networks.own], port: 443 }, podIdentityAgent] : []),
    ...(kafka ? stores.kafka.places : []),
    ...(database?.places ?? []),
  ];
}

/** What one service has in the stores of one data name. Names are whole, as clients use them; those of buckets without their suffix. */
export type ServiceStores = {
  data: DataName;
  service: string;
  /** Where the service runs with these data, and the role that Pod Identity gives it there, on AWS. */
  environments: { name: string; region: RegionName; role: string }[];
  tables: { name: string; key: Key; indexes: Record<string, Key>; expires?: string }[];
  buckets: string[];
  topics: { name: string; partitions: number; hours: number }[];
  /** Topics of other services. */
  reads: string[];
  /** The name of its database and of the role that owns it. */
  database: string | undefined;
  /**
   * By whom an engine knows it. `kafka`: it may write and read the topics of which this and a dot is the prefix, read those of `reads`, and commit
   * as the consumer group of this name. `key`: the access key id for its tables and buckets.
   */
  accounts: { kafka: string | undefined; key: string | undefined };
  /**
   * What the role may do on AWS, as IAM names it, by what it is done to: `table/NAME`, `table/NAME/index/*`, and of buckets, whose names lack their
   * suffix, `NAME` and `NAME/*`.
   */
  actions: { dynamodb: Record<string, string[]>; s3: Record<string, string[]> };
};

const tableAccess = (name: string, { actions, indexes = {} }: Table): [string, string[]][] => [
  [`table/${name}`, actions.map((action) => `dynamodb:${action}`)],
  ...(Object.keys(indexes).length > 0 ? [[`table/${name}/index/*`, ['dynamodb:Query']] as [string, string[]]] : []),
];
const bucketAccess = (name: string, { actions }: Bucket): [string, string[]][] => {
  const of = (whole: boolean) =>
    actions.filter((action) => (action === 'ListBucket') === whole).map((action) => `s3:${action}`);
  const all: [string, string[]][] = [
    [name, of(true)],
    [`${name}/*`, of(false)],
  ];
  return all.filter(([, some]) => some.length > 0);
};

/** All that is to exist in the stores, by data name and service. Environments with the same data are one entry. */
export function storesOf(
  services: readonly User[],
  environments: readonly Pick<Overlay, 'name' | 'region' | 'data'>[],
): ServiceStores[] {
  return [...new Set(environments.map(({ data }) => data))].flatMap((data) =>
    services
      .filter(({ uses = {} }) => Object.keys(uses).length > 0)
      .map((user) => {
        const owner: Owner = { data, service: user.name };
        const [tables, buckets] = [ofKind(user, 'table'), ofKind(user, 'bucket')];
        const [topics, others] = [ofKind(user, 'topic'), ofKind(user, 'reads')];
        return {
          ...owner,
          environments: environments
            .filter((overlay) => overlay.data === data)
            .map(({ name, region }) => ({ name, region, role: serviceRole(name, user.name) })),
          tables: tables.map(([name, { key, indexes = {}, expires }]) => ({
            name: tableName(owner, name),
            key,
            indexes,
            ...(expires ? { expires } : {}),
          })),
          buckets: buckets.map(([name]) => bucketName(owner, name)),
          topics: topics.map(([name, { partitions, hours }]) => ({ name: topicName(owner, name), partitions, hours })),
          reads: others.map(([, { topic }]) => topicName({ data, service: topic.service }, topic.name)),
          database: ofKind(user, 'postgres').length > 0 ? databaseName(owner) : undefined,
          accounts: {
            kafka: topics.length + others.length > 0 ? kafkaAccount(owner) : undefined,
            key: tables.length + buckets.length > 0 ? accessKeyId(owner) : undefined,
          },
          actions: {
            dynamodb: Object.fromEntries(tables.flatMap(([name, store]) => tableAccess(tableName(owner, name), store))),
            s3: Object.fromEntries(buckets.flatMap(([name, store]) => bucketAccess(bucketName(owner, name), store))),
          },
        };
      }),
  );
}
