import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import type { Config } from '../config.ts';
import { ofAws } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { once, tokyo } from './clients.ts';

/** One try: the function that asks has five seconds, and goes on without an answer. */
const secrets = once((options) => new SecretsManagerClient({ ...options, maxAttempts: 1 }));

/** People write it, too: a number in quotes is one. */
const schema = v.object({
  epoch: v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer(), v.minValue(0)),
  writer: v.string(),
});

/** The secret that the state `Fence` writes, in Tokyo. */
export const awsWriterEpoch =
  (config: Config, client = secrets): Ports['writerEpoch'] =>
  async () => {
    const { SecretString = '' } = (await client(tokyo)
      .send(new GetSecretValueCommand({ SecretId: config('DR_WRITER_EPOCH') }))
      .catch((error) => {
        throw ofAws("GetSecretValue of the writer's epoch", error);
      })) as GetSecretValueCommandOutput;
    return v.parse(schema, JSON.parse(SecretString));
  };
