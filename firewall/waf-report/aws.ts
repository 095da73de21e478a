import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { openSlack, type SlackTimes } from '../../alerts/channels/slack.ts';
import type { Event } from '../../alerts/event.ts';
import { jsonLog, reasonOf } from '../../lib/log.ts';
import { NotYet } from '../errors.ts';
import type { Variable } from '../lambdas.ts';
import type { Ports } from './ports.ts';

export type Values = Record<Variable, string>;
export type Clients = {
  s3: S3Client;
  dynamodb: DynamoDBClient;
  secrets: (region: string) => SecretsManagerClient;
};

/** The SDK has no bound for a request by itself. A file may take long, if something comes all the time. */
const bounded = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, socketTimeout: 5000 },
};
export const awsClients = (): Clients => ({
  s3: new S3Client(bounded),
  dynamodb: new DynamoDBClient(bounded),
  secrets: (region) => new SecretsManagerClient({ ...bounded, region }),
});
const slackTimes: SlackTimes = { timeoutMs: 5000, budgetMs: 20_000, paceMs: 0, backoffMs: 500 };
/** How long a message is remembered: longer than anything repeats an event. */
const rememberedSeconds = 14 * 24 * 3600;

/** What the function uses of AWS, and Slack. */
export function awsPorts(values: Values, clients: Clients, times = slackTimes): Ports {
  const { s3, dynamodb } = clients;
  const of = { Bucket: values.WAF_BUCKET, ExpectedBucketOwner: values.WAF_ACCOUNT };
  const TableName = values.WAF_TABLE;
  const now = () => new Date();
  return {
    now,
    sleep: async (milliseconds) => void (await sleep(milliseconds)),
    async list(prefix, most) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ ...of, Prefix: prefix, MaxKeys: most }));
      return Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
    },
    async read(key) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ ...of, Key: key }));
        return Body as Readable;
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async claim(id, owner, until) {
      try {
        await dynamodb.send(
          new PutItemCommand({
            TableName,
            Item: {
              id: { S: id },
              owner: { S: owner },
              until: { N: `${until.getTime()}` },
              expires: { N: `${Math.floor(now().getTime() / 1000) + rememberedSeconds}` },
            },
            ConditionExpression:
              'attribute_not_exists(id) OR (attribute_not_exists(files) AND (#owner = :owner OR #until < :now))',
            ExpressionAttributeNames: { '#owner': 'owner', '#until': 'until' },
            ExpressionAttributeValues: { ':owner': { S: owner }, ':now': { N: `${now().getTime()}` } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { won: true };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { won: false, files: error.Item?.files?.L?.flatMap(({ S }) => (S === undefined ? [] : [S])) };
      }
    },
    async markReported(id, owner, files) {
      const list: AttributeValue[] = files.map((file) => ({ S: file }));
      await dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: id } },
          UpdateExpression: 'SET files = :files',
          ConditionExpression: '#owner = :owner',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':files': { L: list }, ':owner': { S: owner } },
        }),
      );
    },
    async notify(event) {
      const url = await webhook(values, clients);
      const outcome = await openSlack(url, jsonLog([url]), times).send(event satisfies Event);
      if (outcome.outcome !== 'sent') throw new NotYet(`slack: ${outcome.reason}`);
    },
  };
}

/** The webhook's address is a secret in both regions of the company: one of them may be gone. */
async function webhook({ WAF_SLACK_SECRET: id, WAF_SLACK_REGIONS: regions }: Values, { secrets }: Clients) {
  const why: string[] = [];
  for (const region of regions.split(','))
    try {
      const { SecretString = '' } = await secrets(region).send(new GetSecretValueCommand({ SecretId: id }));
      const { url } = JSON.parse(SecretString) as { url?: unknown };
      if (typeof url === 'string' && URL.canParse(url)) return url;
      why.push(`${region}: has no key url with an address`);
    } catch (error) {
      // The words of JSON.parse may hold a part of the secret.
      why.push(`${region}: ${error instanceof SyntaxError ? 'is no JSON' : reasonOf(error)}`);
    }
  throw new NotYet(`secret ${id}: ${why.join('; ')}`);
}
