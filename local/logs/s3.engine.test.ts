/** The logs of pods and the records of the firewall through the real S3 engine of the stores. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packed, record } from '../../firewall/records.testing.ts';
import { report } from '../../firewall/waf-report/report.ts';
import { binary, build } from '../engines/engines.ts';
import { delivery } from '../firewall/deliver.ts';
import { localPorts } from '../firewall/main.ts';
import { sleep, until } from '../machine/process.ts';
import { startSlack } from '../outside/slack/server.ts';
import { s3 } from '../stores/replicate/sigv4.ts';
import { type Bucket, expire, get, put, under } from './bucket.ts';
import { linesOfRequest } from './find.ts';
import { pass } from './ship.ts';

const folder = mkdtempSync(join(tmpdir(), 's3-'));
const awsRegion = 'ap-northeast-2';
let engine: ChildProcess;
let slack: Awaited<ReturnType<typeof startSlack>>;
let url: string;
const bucket = (name: string, user: string): Bucket => ({
  name,
  url,
  credentials: { user, password: `${user}-password`, awsRegion },
});

beforeAll(async () => {
  await build('stores');
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
  url = `http://127.0.0.1:${port}`;
  for (const name of ['iam', 'buckets', 'versions']) mkdirSync(join(folder, name));
  const options = [
    '--port',
    `127.0.0.1:${port}`,
    '--region',
    awsRegion,
    '--iam-dir',
    join(folder, 'iam'),
    '--health',
    '/health',
    '--quiet',
  ];
  engine = spawn(
    binary('stores', 'versitygw'),
    [...options, 'posix', '--versioning-dir', join(folder, 'versions'), join(folder, 'buckets')],
    {
      env: { ROOT_ACCESS_KEY: 'platform', ROOT_SECRET_KEY: 'platform-password' },
      stdio: 'inherit',
    },
  );
  await until('s3', 60, async () => (await fetch(`${url}/health`)).ok);
  const { credentials } = bucket('', 'platform');
  // As local/stores/make.ts makes them.
  for (const [name, user] of [
    ['tickets-logs', 'logs'],
    ['aws-waf-logs-tickets', 'records'],
  ] as const) {
    const account = `<Account><Access>${user}</Access><Secret>${user}-password</Secret><Role>user</Role></Account>`;
    await s3(url, credentials, 'PATCH', '/create-user', { body: account });
    await s3(url, credentials, 'PATCH', `/${name}/create`, { headers: { 'x-vgw-owner': user } });
  }
  slack = await startSlack({ port: 0, log: () => {}, ratePerSecond: 1000 });
}, 30 * 60_000);
afterAll(async () => {
  engine.kill();
  await slack.stop();
  rmSync(folder, { recursive: true });
});

test('a line of each service is found by the id of its request, and by nobody else in the bucket', async () => {
  const own = bucket('tickets-logs', 'logs');
  const line = (second: number, log: string) => `2026-11-30T14:00:0${second}.000000000Z stdout F ${log}\n`;
  const uid = '0f8fad5b-d9cb-469f-a165-70867728950e';
  for (const [service, second] of [
    ['ticket', 2],
    ['booking', 1],
  ] as const) {
    const pod = join(folder, 'pods', `prod_${service}-1_${uid}`, service);
    mkdirSync(pod, { recursive: true });
    writeFileSync(
      join(pod, '0.log'),
      line(second, `{"request":"r-1","service":"${service}"}`) + line(3, '{"request":"r-11"}'),
    );
  }
  const given = {
    folder: join(folder, 'pods'),
    positions: join(folder, 'positions'),
    host: 'seoul',
    now: () => new Date(),
  };
  await pass({ ...given, put: (key, body) => put(own, key, body) });
  const nowhere = { ...own, url: 'http://127.0.0.1:1' };
  const { lines, unread } = await linesOfRequest(
    { seoul: bucket('tickets-logs', 'platform'), tokyo: nowhere },
    'r-1',
    2,
  );
  expect(lines.map(({ kubernetes }) => kubernetes.pod_name)).toEqual(['booking-1', 'ticket-1']);
  // A region that does not answer keeps nobody from the lines of the other.
  expect(unread).toEqual([expect.stringMatching(/^tokyo: /)]);
  await expect(under(bucket('tickets-logs', 'records'), '')).rejects.toThrow('403');
  await expect(put(bucket('aws-waf-logs-tickets', 'logs'), 'a', Buffer.from('a'))).rejects.toThrow('403');
  const [first] = await under(own, '');
  expect((await get(own, first?.key as string)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  expect(await expire(own, 7)).toBe(0);
  expect(await expire(own, 7, Date.now() + 8 * 86_400_000)).toBe(1);
  expect(await under(own, '')).toEqual([]);
}, 60_000);

test('records of the firewall become one message, however often their event comes', async () => {
  const own = bucket('aws-waf-logs-tickets', 'records');
  const records = join(folder, 'records');
  const key =
    'AWSLogs/000000000000/WAFLogs/cloudfront/tickets/2026/11/30/14/05/000000000000_waflogs_cloudfront_tickets_20261130T1405Z_a.log.gz';
  const write = (name: string) => {
    mkdirSync(join(records, key, '..'), { recursive: true });
    writeFileSync(
      join(records, key.replace('_a.', `_${name}.`)),
      packed([record({ country: '-' }), record({ rule: 'CoreRuleSet', inside: '942100' })]),
    );
  };
  const ports = localPorts({
    bucket: own,
    folder: records,
    reported: join(folder, 'told.json'),
    slackUrl: slack.webhookUrl,
  });
  // A clock on which the window has ended.
  const later = { ...ports, now: () => new Date(Date.now() + 200_000) };
  const config = { bucket: own.name, windowSeconds: 60, graceSeconds: 10, timeoutSeconds: 300 };
  const answers: unknown[] = [];
  const to = delivery({
    ...{
      folder: records,
      bucket: own.name,
      now: Date.now,
      sleep: () => sleep(300),
      log: (_, __, fields) => void answers.push(fields),
    },
    put: (name, body) => put(own, name, body),
    under: (prefix) => under(own, prefix),
    invoke: (event, id) => report(event, id, later, config),
  });
  write('a');
  write('b');
  await Promise.all(await to.pass());
  await Promise.all(await to.again());
  expect(slack.messages.map(({ payload }) => payload.text)).toEqual([
    expect.stringMatching(/^🛡️ firewall tickets · 4 blocked – 2 × 942100 blocked · KR · 203\.0\.113\.0\/24$/),
  ]);
  expect(answers.filter((one) => JSON.stringify(one).includes('"sent"'))).toHaveLength(1);
}, 60_000);
