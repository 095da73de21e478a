import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startSlack } from '../../local/outside/slack/server.ts';
import { bucket, changedAlarm, created, fileKey, folder, packed, record } from '../records.testing.ts';
import { startWire, type Wire } from '../wire.testing.ts';
import { onLambda, readValues } from './handler.ts';

/** The handler with the SDK's real clients, and the Slack stand-in. */
let wire: Wire;
let slack: Awaited<ReturnType<typeof startSlack>>;
let lines: string[];
const env = {
  WAF_ACCOUNT: '111122223333',
  WAF_BUCKET: bucket,
  WAF_TABLE: 'waf-report-told',
  WAF_SLACK_SECRET: 'platform/notifier/slack',
  WAF_SLACK_REGIONS: 'ap-northeast-1,ap-northeast-2',
};
const handler = () => {
  const of = {
    endpoint: wire.endpoint,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    region: 'us-east-1',
    maxAttempts: 1,
  };
  const clients = () => ({
    s3: new S3Client({ ...of, forcePathStyle: true }),
    dynamodb: new DynamoDBClient(of),
    secrets: (region: string) => new SecretsManagerClient({ ...of, region }),
  });
  return onLambda(
    env,
    clients,
    (level, message, fields) => void lines.push(JSON.stringify({ level, message, ...fields })),
  );
};

beforeEach(async () => {
  lines = [];
  wire = await startWire();
  slack = await startSlack({ port: 0, log: () => {}, ratePerSecond: 1000 });
  wire.secrets.set('ap-northeast-1', JSON.stringify({ url: slack.webhookUrl }));
});
afterEach(async () => {
  await wire.stop();
  await slack.stop();
});

test('from a file in S3 to a message in Slack, once', async () => {
  wire.objects.set(fileKey(), packed([record(), record({ country: 'US' })]));
  const run = handler();
  expect(await run(created(), { awsRequestId: 'r1' })).toEqual({ sent: folder });
  for (const awsRequestId of ['r1', 'r2', 'r3'])
    expect(await run(created(), { awsRequestId })).toEqual({ skipped: `${folder} was reported` });
  expect(slack.messages.map(({ payload }) => payload.text)).toEqual([
    '🛡️ firewall tickets · 2 blocked – 1 × SQLi_BODY blocked · KR · 203.0.113.0/24',
  ]);
  expect(wire.requests.slice(0, 5)).toEqual([
    'us-east-1 PutItem',
    `us-east-1 GET /${bucket}/`,
    `us-east-1 GET /${bucket}/${fileKey()}`,
    'ap-northeast-1 GetSecretValue',
    'us-east-1 UpdateItem',
  ]);
});

test("the bucket has to be the account's, and what is reported is kept for two weeks", async () => {
  wire.objects.set(fileKey(), packed([record()]));
  const seconds = Date.now() / 1000;
  // A file that was deleted meanwhile is no fault of the others.
  await handler()(created(fileKey('gone')), { awsRequestId: 'r1' });
  expect(wire.owners).toEqual(Array(3).fill(env.WAF_ACCOUNT));
  const { owner, until, expires, files } = wire.items.get(folder) ?? {};
  expect(owner).toEqual({ S: 'r1' });
  expect(files?.L?.map(({ S }) => S)).toEqual([fileKey(), fileKey('gone')]);
  expect(Number(until?.N) / 1000 - seconds).toBeCloseTo(600, -2);
  expect(Number(expires?.N) - seconds).toBeCloseTo(14 * 24 * 3600, -2);
});

test('a file that S3 does not give fails the try, and so does a Slack that takes nothing', async () => {
  wire.objects.set(fileKey(), packed([record()]));
  wire.fails = 403;
  await expect(handler()(created(), { awsRequestId: 'r1' })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  wire.fails = undefined;
  wire.secrets.set('ap-northeast-1', JSON.stringify({ url: slack.webhookUrl.replace('/services/', '/nothing/') }));
  await expect(handler()(created(), { awsRequestId: 'r1' })).rejects.toMatchObject({
    name: 'NotYet',
    message: expect.stringMatching(/^slack: HTTP 404/),
  });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 'error', message: 'waf-report', error: expect.any(String), reason: expect.any(String) },
    { level: 'error', message: 'waf-report', error: 'NotYet', reason: expect.stringContaining('HTTP 404') },
  ]);
});

test('a secret that is no webhook is reported without its text', async () => {
  const run = handler();
  for (const [secret, why] of [
    ['https://x/SECRET', 'is no JSON'],
    ['{"url":"SECRET"}', 'has no key url with an address'],
    ['{"other":"https://x/SECRET"}', 'has no key url with an address'],
  ] as const) {
    wire.secrets.set('ap-northeast-1', secret);
    wire.secrets.set('ap-northeast-2', secret);
    await expect(run(changedAlarm(), { awsRequestId: 'r1' })).rejects.toMatchObject({
      message: `secret platform/notifier/slack: ap-northeast-1: ${why}; ap-northeast-2: ${why}`,
    });
  }
});

test('an alarm of CloudWatch reaches Slack, once', async () => {
  const run = handler();
  for (const awsRequestId of ['r1', 'r2']) await run(changedAlarm(), { awsRequestId });
  expect(slack.messages.map(({ payload }) => payload.text)).toEqual(['🚨 firewall tickets · blocks more than usual']);
});

test('with Tokyo down, the address of Slack is read from Seoul; with both down, the attempt fails, and the next one sends the message', async () => {
  wire.objects.set(fileKey(), packed([record()]));
  wire.secrets.delete('ap-northeast-1');
  const run = handler();
  await expect(run(created(), { awsRequestId: 'r1' })).rejects.toMatchObject({
    name: 'NotYet',
    message: expect.stringMatching(/^secret platform\/notifier\/slack: ap-northeast-1: .*; ap-northeast-2: /),
  });
  wire.secrets.set('ap-northeast-2', JSON.stringify({ url: slack.webhookUrl }));
  expect(await run(created(), { awsRequestId: 'r1' })).toEqual({ sent: folder });
});

test('no line of the log and no message has what a caller sent, or the address of Slack', async () => {
  const hostile = record({ uri: '/reset/ann@example.com/SECRET', ip: '198.51.100.77', country: '<!channel>' });
  wire.objects.set(fileKey(), packed([hostile, 'ann@example.com SECRET']));
  await handler()(created(), { awsRequestId: 'r1' });
  const output = JSON.stringify(slack.messages) + lines.join('');
  expect(output).toContain('198.51.100.0/24');
  expect(output).toContain('1 lines are no records');
  expect(output).not.toMatch(/SECRET|ann@|198\.51\.100\.77|<!channel|4111/);
  expect(lines.join('')).not.toContain(new URL(slack.webhookUrl).pathname);
});

test('every variable that is missing is named', () => {
  expect(() => readValues({ WAF_BUCKET: 'b' })).toThrow(
    'environment: WAF_ACCOUNT: given nothing, allowed a value\nenvironment: WAF_TABLE: given nothing, allowed a value',
  );
});
