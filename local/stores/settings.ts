import type { Listens } from './listens.ts';
import type { PasswordOf } from './passwords.ts';
import type { Settings as Replicate, Side } from './replicate/settings.ts';
import { dynamodbOf, type ServiceStores } from './wanted.ts';

/** Who runs an engine; init.sh makes these users, so that no engine reads what another one stores. */
export const users = { postgres: 1001, kafka: 1002, dynamodb: 1003, s3: 1004 };
export type User = keyof typeof users;

/** A program of a sandbox: kept by init.sh, with this name in logs and in scripts/status. */
export type Program = { name: string; user: User; command: string[] };

/** A file below /state. Its reader is its owner. */
export type File = { path: string; user: User; text: string };

const scripts = '/platform-source/stores';

/** The account of the platform itself at Kafka and at S3. */
export const platformUser = 'platform';
/** Buckets of the platform itself, each with the one account that owns it. */
export const logs = { user: 'logs', bucket: 'tickets-logs' };
/** Of the firewall's records; on AWS its name ends with the account. */
export const records = { user: 'records', bucket: 'aws-waf-logs-tickets' };
export const platformBuckets = [logs, records].map(({ user, bucket }) => ({ user, buckets: [bucket] }));
/** Streams prod's data to the other region. */
export const replicationUser = 'replicator';
/** Writes and reads the row that shows how far behind a standby is. */
export const probeUser = 'probe';

/** How a standby, or replication, reaches the region that writes. */
export type Source = { postgresHost: string; postgresPort: number };

export type Given = {
  listens: Listens;
  /** Of all regions. */
  all: readonly Listens[];
  /** The data whose PostgreSQL is a standby, with the region that they come from. */
  standbys: Record<string, Source>;
  /** Data that another region has too. */
  replicated: readonly string[];
  /** What is in the stores of the region. */
  stores: readonly ServiceStores[];
  passwordOf: PasswordOf;
  /** 16 bytes in base64url, which begin with no `-`: it becomes an argument. */
  clusterId: string;
};

const lines = (settings: Record<string, string | number>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

const scramLogin = (user: string, password: string) =>
  `org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="${password}";`;
const plainLogin = (user: string, password: string) =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="${password}" user_${user}="${password}";`;

/** One broker that is its own controller. Clients sign in by SCRAM, the broker to its controller by PLAIN: SCRAM needs a controller that runs. */
export function serverProperties({ listens, passwordOf }: Given): string {
  const { address, hosts, kafka, controller } = listens;
  const password = passwordOf('kafka', platformUser);
  return lines({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `CLIENTS://${address}:${kafka},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENTS://${hosts.kafka}:${kafka}`,
    'listener.security.protocol.map': 'CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENTS',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.clients.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.clients.scram-sha-512.sasl.jaas.config': scramLogin(platformUser, password),
    'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.controller.plain.sasl.jaas.config': plainLogin(platformUser, password),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:${platformUser}`,
    'allow.everyone.if.no.acl.found': 'false',
    'log.dirs': '/state/kafka/data',
    'auto.create.topics.enable': 'false',
    'num.network.threads': 2,
    'num.io.threads': 2,
    'background.threads': 2,
    'offsets.topic.num.partitions': 3,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 3,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.segment.bytes': 64 * 2 ** 20,
    'log.cleaner.dedupe.buffer.size': 16 * 2 ** 20,
    // A broker that is started again waits until the session of its former self ends; shorter, and a starved one fences itself.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
  });
}

const log4j = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
`;

/** Arguments of Kafka's storage tool, one a line: on its command line others would read the password. */
const format = ({ passwordOf, clusterId }: Given) =>
  [
    ...['format', '--cluster-id', clusterId, '--config', '/state/kafka/server.properties', '--add-scram'],
    `SCRAM-SHA-512=[name=${platformUser},password=${passwordOf('kafka', platformUser)}]`,
    '',
  ].join('\n');

const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** Outside of the data's folder, because pg_rewind overwrites what is in it. Both regions have the same, so that each can be the writer. */
export function postgresqlConf({ listens, standbys }: Given, data: string): string {
  const source = standbys[data];
  const from = source && {
    primary_conninfo: quoted(
      `host=${source.postgresHost} port=${source.postgresPort} user=${replicationUser} passfile=/state/postgres/${data}/passfile application_name=${listens.region} keepalives_idle=10 connect_timeout=10`,
    ),
    primary_slot_name: quoted(listens.region),
  };
  return lines({
    data_directory: quoted(`/state/postgres/${data}/data`),
    hba_file: quoted(`/state/postgres/${data}/hba.conf`),
    ident_file: quoted(`/state/postgres/${data}/ident.conf`),
    listen_addresses: quoted(listens.address),
    port: listens.postgres[data] as number,
    unix_socket_directories: quoted('/run/postgres'),
    cluster_name: quoted(`${listens.region}-${data}`),
    max_connections: 60,
    shared_buffers: '32MB',
    jit: 'off',
    password_encryption: 'scram-sha-256',
    wal_level: 'replica',
    // pg_rewind needs it.
    wal_log_hints: 'on',
    track_commit_timestamp: 'on',
    max_wal_senders: 4,
    max_replication_slots: 4,
    // A region that is cut off may come back within so much. Past it, its standby stays behind (docs/stores.md).
    max_slot_wal_keep_size: '512MB',
    wal_keep_size: '128MB',
    max_wal_size: '256MB',
    hot_standby: 'on',
    hot_standby_feedback: 'on',
    // Asynchronous, as the regions of Aurora's global database.
    synchronous_standby_names: "''",
    wal_receiver_status_interval: '1s',
    wal_retrieve_retry_interval: '500ms',
    wal_receiver_timeout: '10s',
    wal_sender_timeout: '10s',
    idle_in_transaction_session_timeout: '30s',
    log_min_messages: 'warning',
    log_line_prefix: quoted('%m %q%u@%d '),
    ...from,
  });
}

/** The engine's own user is its administrator, by the socket; all others sign in. */
const hba = `local all postgres peer
local all all scram-sha-256
host replication ${replicationUser} samenet scram-sha-256
host replication ${replicationUser} 127.0.0.0/8 scram-sha-256
host all all 0.0.0.0/0 scram-sha-256
`;

function postgresFiles(given: Given, data: string): File[] {
  const source = given.standbys[data];
  const file = (name: string, text: string): File => ({ path: `postgres/${data}/${name}`, user: 'postgres', text });
  return [
    file('postgresql.conf', postgresqlConf(given, data)),
    file('hba.conf', hba),
    file('ident.conf', ''),
    // No fields: any host and port.
    file('passfile', `*:*:*:${replicationUser}:${given.passwordOf('postgres', replicationUser)}\n`),
    file('source', source ? `SOURCE_HOST=${source.postgresHost}\nSOURCE_PORT=${source.postgresPort}\n` : ''),
  ];
}

const sideOf = ({ awsRegion, hosts, s3, dynamodb, postgres }: Listens, data: string | undefined): Side => ({
  awsRegion,
  dynamodb: Object.fromEntries(
    Object.entries(dynamodb).map(([name, port]) => [name, `http://${hosts.dynamodb}:${port}`]),
  ),
  s3: `http://${hosts.s3}:${s3}`,
  postgres: { host: hosts.postgres, port: data === undefined ? 0 : (postgres[data] as number) },
});

/** Of data in two regions there is one name, prod. */
export function replicateSettings({ listens, all, replicated, stores, passwordOf }: Given): Replicate {
  const copied = stores.filter(({ data }) => replicated.includes(data));
  return {
    here: listens.region,
    sides: Object.fromEntries(all.map((one) => [one.region, sideOf(one, replicated[0])])),
    tables: Object.fromEntries(
      copied
        .filter(({ tables }) => tables.length > 0)
        .map((one) => [dynamodbOf(one), one.tables.map(({ name }) => name)]),
    ),
    buckets: copied.flatMap(({ buckets }) => buckets),
    s3: { user: platformUser, password: passwordOf('s3', platformUser) },
    probe: { user: probeUser, password: passwordOf('postgres', probeUser) },
    writerFile: '/state/writer.json',
    dynamodbFolder: '/state/dynamodb',
    folder: '/state/replicate',
  };
}

/** All files that the engines of a region read. */
export const filesOf = (given: Given): File[] => [
  { path: 'kafka/server.properties', user: 'kafka', text: serverProperties(given) },
  { path: 'kafka/log4j2.properties', user: 'kafka', text: log4j },
  { path: 'kafka/format', user: 'kafka', text: format(given) },
  ...Object.keys(given.listens.postgres).flatMap((data) => postgresFiles(given, data)),
  {
    path: 's3/environment',
    user: 's3',
    text: lines({
      ROOT_ACCESS_KEY: platformUser,
      ROOT_SECRET_KEY: given.passwordOf('s3', platformUser),
    }),
  },
  { path: 'replicate/settings.json', user: 'dynamodb', text: JSON.stringify(replicateSettings(given), null, 2) },
];

/** All programs of a region. */
export const programsOf = ({ listens }: Given): Program[] => [
  ...Object.keys(listens.postgres).map(
    (data): Program => ({
      name: `postgres-${data}`,
      user: 'postgres',
      command: ['bash', `${scripts}/postgres.sh`, data, listens.region],
    }),
  ),
  { name: 'kafka', user: 'kafka', command: ['bash', `${scripts}/kafka.sh`] },
  ...Object.entries(listens.dynamodb).map(
    ([name, port]): Program => ({
      name: `dynamodb-${name}`,
      user: 'dynamodb',
      command: [
        ...['/dynoxide/dynoxide', '--host', listens.address, '--port', `${port}`],
        ...['--db-path', `/state/dynamodb/${name}.db`, '--log', 'quiet'],
      ],
    }),
  ),
  {
    name: 's3',
    user: 's3',
    command: ['bash', `${scripts}/s3.sh`, `${listens.address}:${listens.s3}`, listens.awsRegion],
  },
  // It trims the files of DynamoDB, so it runs as their owner.
  {
    name: 'replicate',
    user: 'dynamodb',
    command: [
      '/node/node',
      '--max-old-space-size=64',
      `${scripts}/replicate/main.ts`,
      '/state/replicate/settings.json',
      `${listens.address}:${listens.metrics}`,
    ],
  },
];

/** The file that init.sh reads: a line a program. No word has a space. */
export const programLines = (programs: readonly Program[]): string =>
  programs.map(({ name, user, command }) => `${[name, user, ...command].join(' ')}\n`).join('');
