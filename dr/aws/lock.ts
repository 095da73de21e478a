import { DynamoDBClient, GetItemCommand, type GetItemCommandOutput, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, type DescribeExecutionCommandOutput, SFNClient } from '@aws-sdk/client-sfn';
import type { Config } from '../config.ts';
import { ofAws } from '../errors.ts';
import type { Lock, LockItem } from '../ports.ts';
import { once, tokyo } from './clients.ts';

const dynamodb = once((options) => new DynamoDBClient(options));
const stepFunctions = once((options) => new SFNClient(options));

const key = { id: { S: 'failover' } };
const numbers: (keyof LockItem)[] = ['version', 'epoch'];

/** One item of a DynamoDB table in Tokyo. */
export function awsLock(config: Config, client = dynamodb): Lock {
  const table = client(tokyo);
  const TableName = config('DR_LOCK_TABLE');
  return {
    async read() {
      const { Item } = (await table
        .send(new GetItemCommand({ TableName, Key: key, ConsistentRead: true }))
        .catch((error) => {
          throw ofAws('GetItem of the lock', error);
        })) as GetItemCommandOutput;
      if (!Item) return undefined;
      const value = ([name, { N, S }]: [string, { N?: string; S?: string }]) => [
        name,
        N === undefined ? (S ?? '') : Number(N),
      ];
      const { id: _, ...item } = Object.fromEntries((Object.entries(Item) as [string, { S?: string }][]).map(value));
      return item as LockItem;
    },
    async write(item, expected) {
      const attributes = Object.entries(item).map(([name, value]) => [
        name,
        numbers.includes(name as keyof LockItem) ? { N: String(value) } : { S: String(value) },
      ]);
      try {
        await table.send(
          new PutItemCommand({
            TableName,
            Item: { ...key, ...Object.fromEntries(attributes) },
            ...(expected === undefined
              ? { ConditionExpression: 'attribute_not_exists(id)' }
              : {
                  ConditionExpression: 'version = :version',
                  ExpressionAttributeValues: { ':version': { N: String(expected) } },
                }),
          }),
        );
        return true;
      } catch (error) {
        // Also where an earlier try of this client was applied and its answer lost: whoever reads again finds its own write.
        if ((error as Error).name === 'ConditionalCheckFailedException') return false;
        throw ofAws('PutItem of the lock', error);
      }
    },
  };
}

/** Whether an execution of the machine still runs. Where nobody can say, it is an error: a lock is not taken from somebody who may hold it. */
export const awsIsRunning =
  (client = stepFunctions) =>
  async (executionArn: string): Promise<boolean> => {
    try {
      const { status } = (await client(tokyo).send(
        new DescribeExecutionCommand({ executionArn }),
      )) as DescribeExecutionCommandOutput;
      return status === 'RUNNING';
    } catch (error) {
      if ((error as Error).name === 'ExecutionDoesNotExist') return false;
      throw ofAws('DescribeExecution', error);
    }
  };
