/** The conditions by which waf-report notifies once, against an engine with DynamoDB's API. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { awsPorts, type Values } from '../../firewall/waf-report/aws.ts';
import { dynoxideFolder, fetchDynoxide, makeDynoxide } from '../engines/dynoxide.ts';
import { until } from '../machine/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'told-'));
let engine: ChildProcess;
let ports: ReturnType<typeof awsPorts>;
const at = (seconds: number) => new Date(Date.now() + seconds * 1000);

beforeAll(async () => {
  await fetchDynoxide();
  await makeDynoxide();
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
  engine = spawn(join(dynoxideFolder, 'dynoxide'), [
    ...['--host', '127.0.0.1', '--port', `${port}`, '--db-path', join(folder, 'told.db'), '--log', 'quiet'],
  ]);
  const dynamodb = new DynamoDBClient({
    ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  await until('the table', 30, async () =>
    dynamodb.send(
      new CreateTableCommand({
        TableName: 'told',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    ),
  );
  ports = awsPorts({ WAF_TABLE: 'told' } as Values, { dynamodb } as never);
}, 20 * 60_000);
afterAll(() => {
  engine.kill();
  rmSync(folder, { recursive: true });
});

test('of twenty who come at once, one takes a window on', async () => {
  const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => ports.claim('w1', `r${n}`, at(60))));
  expect(claims.filter(({ won }) => won)).toHaveLength(1);
  expect(claims.filter((claim) => !claim.won && claim.files === undefined)).toHaveLength(19);
}, 60_000);

test('its owner may take it again, another one when its time is up, and nobody once it was notified', async () => {
  expect(await ports.claim('w2', 'a', at(60))).toEqual({ won: true });
  expect(await ports.claim('w2', 'a', at(60))).toEqual({ won: true });
  expect(await ports.claim('w2', 'b', at(60))).toEqual({ won: false, files: undefined });
  expect(await ports.claim('w2', 'a', at(-1))).toEqual({ won: true });
  expect(await ports.claim('w2', 'b', at(60))).toEqual({ won: true });
  await expect(ports.markReported('w2', 'a', ['f'])).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  await ports.markReported('w2', 'b', ['f', 'g']);
  for (const owner of ['a', 'b', 'c'])
    expect(await ports.claim('w2', owner, at(60))).toEqual({ won: false, files: ['f', 'g'] });
  // An alarm has no files, and is notified as well.
  await ports.claim('alarm', 'a', at(60));
  await ports.markReported('alarm', 'a', []);
  expect(await ports.claim('alarm', 'a', at(60))).toEqual({ won: false, files: [] });
}, 60_000);
