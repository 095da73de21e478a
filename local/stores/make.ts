import { readFileSync } from 'node:fs';
import { run, until } from '../machine/process.ts';
import { type Broker, brokerOf } from './kafka.ts';
import type { Listens } from './listens.ts';
import type { PasswordOf } from './passwords.ts';
import { postgresStatements, whatIsThere } from './postgres.ts';
import { acknowledgedTable } from './replicate/acknowledged.ts';
import { dynamodb } from './replicate/dynamodb.ts';
import { type Credentials, pathOf, s3 } from './replicate/sigv4.ts';
import { platformBuckets, platformUser, type User, users } from './settings.ts';
import { type Described, tableCalls } from './tables.ts';
import { dynamodbOf, isReplicated, type ServiceStores, type Table } from './wanted.ts';

/** The stores of a region that run: their sandbox, where they listen, and what is to be in them. */
export type Running = {
  sandbox: { inside: (user: User, command: string[], input: string) => Promise<string> };
  listens: Listens;
  stores: readonly ServiceStores[];
  passwordOf: PasswordOf;
  /** The other regions, whose standbys copy this one's PostgreSQL. */
  others: readonly string[];
};

/** The first process inside of a sandbox, whose outermost process this is. */
export const firstInside = async (outer: number | undefined): Promise<string> =>
  (await run('pgrep', ['-P', `${outer}`])).trim();

/** Runs a program inside of the sandbox with this outermost process, as the user of an engine. Secrets go by its input: arguments can be read by others. */
export const insideOf = (outer: () => number | undefined) => async (user: User, command: string[], input: string) => {
  const first = await firstInside(outer());
  const as = ['setpriv', '--reuid', `${users[user]}`, '--regid', `${users[user]}`, '--clear-groups'];
  return run('nsenter', ['--mount', '--pid', '--net', '-t', first, ...as, ...command], { input });
};

/** Sends a signal to a program of the sandbox with this outermost process, by the name that its init has for it. */
export const signalOf = (outer: () => number | undefined) => async (program: string, signal: string) => {
  const first = await firstInside(outer());
  const pid = readFileSync(`/proc/${first}/root/run/${program}.pid`, 'utf8').trim();
  await run('nsenter', ['--mount', '--pid', '-t', first, 'kill', `-${signal}`, pid]);
};

/** Seconds for an engine to answer; a broker that was killed waits for its former session, and machines are busy. */
const patience = 300;

async function makeTopics({ sandbox, listens, stores, passwordOf }: Running): Promise<string[]> {
  const wanted: Broker = brokerOf(listens, stores, passwordOf);
  const made = await until(`${listens.region}: kafka`, patience, async () =>
    sandbox.inside('kafka', ['/stores-engine/broker', 'make'], JSON.stringify(wanted)),
  );
  return made.split('\n').filter(Boolean);
}

// One that hangs accepts connections and answers none.
const psql = ['timeout', '60', '/usr/lib/postgresql/15/bin/psql', '-qAtX', '-v', 'ON_ERROR_STOP=1'];
/** Runs SQL in the PostgreSQL of these data, as its administrator. Gives its rows, a line each; one that does not answer in 10 s is an error. */
export const askPostgres = ({ sandbox, listens }: Pick<Running, 'sandbox' | 'listens'>, data: string, sql: string) => {
  const to = `host=/run/postgres port=${listens.postgres[data]} user=postgres dbname=postgres connect_timeout=10`;
  return sandbox.inside('postgres', [...psql, to], sql);
};

async function makeDatabases(running: Running, data: string): Promise<string[]> {
  const { listens, stores, passwordOf, others } = running;
  const ask = (sql: string) => askPostgres(running, data, sql);
  const there = await until(`${listens.region}: postgres ${data}`, patience, () => ask(whatIsThere));
  const ofData = stores.filter((one) => one.data === data);
  const { statements, made } = postgresStatements(there.split('\n').filter(Boolean), ofData, others, passwordOf);
  if (statements.length > 0) await ask(`${statements.join(';\n')};\n`);
  return made;
}

async function makeTables({ listens }: Running, one: ServiceStores): Promise<string[]> {
  const url = `http://${listens.address}:${listens.dynamodb[dynamodbOf(one)]}`;
  await until(`${listens.region}: dynamodb ${dynamodbOf(one)}`, patience, () => dynamodb(url, 'ListTables', {}));
  const replicated = isReplicated(one.data);
  const own = replicated ? [{ name: acknowledgedTable, key: { partition: 'table' }, indexes: {} }] : [];
  return [...(await missingTables(url, own, false)), ...(await missingTables(url, one.tables, replicated))];
}

/** Makes what is missing of these tables at a DynamoDB; gives what it made. */
export async function missingTables(url: string, tables: readonly Table[], streamed: boolean): Promise<string[]> {
  const made: string[] = [];
  for (const table of tables) {
    const ask = <T>(operation: string) => dynamodb<T>(url, operation, { TableName: table.name });
    const found = await ask<Pick<Described, 'Table'>>('DescribeTable').catch((error) => {
      if (error.type === 'ResourceNotFoundException') return undefined;
      throw error;
    });
    const expiry = found && (await ask<Pick<Described, 'TimeToLiveDescription'>>('DescribeTimeToLive'));
    const calls = tableCalls(table, found && expiry && { ...found, ...expiry }, streamed);
    for (const [operation, input] of calls) await dynamodb(url, operation, input);
    if (calls.length > 0) made.push(`table ${table.name}`);
  }
  return made;
}

async function makeBuckets({ listens, stores, passwordOf }: Running): Promise<string[]> {
  const url = `http://${listens.address}:${listens.s3}`;
  const as: Credentials = {
    user: platformUser,
    password: passwordOf('s3', platformUser),
    awsRegion: listens.awsRegion,
  };
  const alive = async () => (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1000) })).ok;
  await until(`${listens.region}: s3`, patience, alive);
  const ask = async (method: string, path: string, allowed: number[], more: Parameters<typeof s3>[4] = {}) => {
    const answer = await s3(url, as, method, path, more);
    if (!answer.ok && !allowed.includes(answer.status))
      throw new Error(`s3: ${method} ${path}: ${answer.status} ${(await answer.text()).slice(0, 200)}`);
    return answer;
  };
  const made: string[] = [];
  const ofServices = stores.map(({ buckets, accounts }) => ({ buckets, user: accounts.key }));
  for (const { buckets, user } of [...ofServices, ...platformBuckets]) {
    if (user === undefined || buckets.length === 0) continue;
    const account = `<Account><Access>${user}</Access><Secret>${passwordOf('s3', user)}</Secret><Role>user</Role></Account>`;
    // 409: there is one.
    const answer = await ask('PATCH', '/create-user', [409], { body: account });
    if (answer.ok) made.push(`s3 account ${user}`);
    for (const bucket of buckets) {
      if ((await ask('HEAD', pathOf(bucket), [404])).ok) continue;
      await ask('PATCH', `${pathOf(bucket)}/create`, [409], { headers: { 'x-vgw-owner': user } });
      made.push(`bucket ${bucket}`);
    }
  }
  return made;
}

/** Makes what is missing in the stores of a region, and deletes nothing; gives what it made. Waits for engines that do not answer yet. */
export async function makeMissing(running: Running): Promise<string[]> {
  const { listens, stores } = running;
  const made = await Promise.all([
    makeTopics(running),
    makeBuckets(running),
    ...Object.keys(listens.postgres).map((data) => makeDatabases(running, data)),
    ...stores.filter(({ tables }) => tables.length > 0).map((one) => makeTables(running, one)),
  ]);
  return made.flat().map((name) => `${name} of ${listens.region}`);
}
