/** The contracts that the services test with doubles of their stores, against the real engines. They fail where an engine is missing. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from '@jest/globals';
import { run } from '../machine/process.ts';
import { repository } from '../topology.ts';
import { freeListens, passwordOf, startRegion, type TestRegion } from './region.testing.ts';
import { platformUser } from './settings.ts';

let region: TestRegion;
const sources = mkdtempSync(join(tmpdir(), 'services-'));
beforeAll(async () => {
  const listens = await freeListens('seoul');
  region = await startRegion(listens, [listens]);
  await region.make();
}, 600_000);
afterAll(async () => {
  await region.stop();
  rmSync(sources, { recursive: true, force: true });
});

/** Runs a command in a copy of a service's sources, so that nothing is left in them. */
async function tests(service: string, env: Record<string, string>, ...commands: string[][]): Promise<void> {
  const cwd = join(sources, service);
  cpSync(join(repository, 'services', service), cwd, {
    recursive: true,
    filter: (path) => !/\/(?:target|\.venv|__pycache__)$/.test(path),
  });
  const given = Object.entries(process.env).filter(([name]) => !/^(?:NODE|JEST|PG|AWS|KAFKA)/.test(name));
  for (const [program = '', ...args] of commands)
    await run(program, args, { cwd, env: { ...(Object.fromEntries(given) as Record<string, string>), ...env } });
}
const aws = (service: string, user: string, password: string) => {
  const { address, awsRegion, dynamodb, s3 } = region.listens;
  return {
    AWS_REGION: awsRegion,
    AWS_ENDPOINT_URL_DYNAMODB: `http://${address}:${dynamodb[`dev-${service}`]}`,
    AWS_ENDPOINT_URL_S3: `http://${address}:${s3}`,
    AWS_ACCESS_KEY_ID: user,
    AWS_SECRET_ACCESS_KEY: password,
  };
};

test('booking keeps its contracts on DynamoDB and Kafka', async () => {
  const { hosts, kafka } = region.listens;
  await tests(
    'booking',
    {
      ...aws('booking', 'booking', 'none'),
      KAFKA_BROKERS: `${hosts.kafka}:${kafka}`,
      KAFKA_PROTOCOL: 'SASL_PLAINTEXT',
      // A service makes no topics, and its tests do.
      KAFKA_USERNAME: platformUser,
      KAFKA_PASSWORD: passwordOf('kafka', platformUser),
      KAFKA_GROUP: 'dev.booking',
    },
    ['mvn', '--batch-mode', '--quiet', '-Pengine', 'verify'],
  );
}, 600_000);

test('ticket keeps its contracts on PostgreSQL', async () => {
  const { address, postgres } = region.listens;
  await tests(
    'ticket',
    {
      PGHOST: address,
      PGPORT: `${postgres.dev}`,
      PGDATABASE: 'dev_ticket',
      PGUSER: 'dev_ticket',
      PGPASSWORD: passwordOf('postgres', 'dev_ticket'),
      PGSSLMODE: 'disable',
    },
    ['go', 'test', '-tags', 'engine', './...'],
  );
}, 600_000);

test('live keeps its contracts on DynamoDB and S3', async () => {
  const python = '.venv/bin/python3';
  await tests(
    'live',
    {
      ...aws('live', 'dev-live', passwordOf('s3', 'dev-live')),
      TABLE_CHANNELS: 'dev-live-channels',
      CHANNEL_KEY: 'k'.repeat(32),
      BUCKET_RECORDINGS: 'dev-live-recordings',
    },
    ['python3', '-m', 'venv', '.venv'],
    [python, '-m', 'pip', 'install', '--quiet', '--only-binary=:all:', '--require-hashes', '-r', 'requirements.txt'],
    [python, '-m', 'unittest', 'tests.engine_tests'],
  );
}, 600_000);
