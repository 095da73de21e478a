import { dynamodb, type Item } from './dynamodb.ts';

/**
 * A table in each DynamoDB of replicated data, through which the region that copies reports to the one that writes how far it has come, and learns of
 * records that are gone before it read them.
 */
export const acknowledgedTable = 'platform-replication';

/** Numbers of a table's stream. */
export type Acknowledged = {
  /** Copied up to here. */
  copied?: string;
  /** Deleted up to here although not copied. */
  dropped?: string;
};

const of = (item: Item | undefined): Acknowledged => {
  const value = (name: string) => item?.[name]?.S as string | undefined;
  const [copied, dropped] = [value('copied'), value('dropped')];
  return { ...(copied ? { copied } : {}), ...(dropped ? { dropped } : {}) };
};

export async function acknowledged(url: string, table: string): Promise<Acknowledged> {
  const { Item } = await dynamodb<{ Item?: Item }>(url, 'GetItem', {
    TableName: acknowledgedTable,
    Key: { table: { S: table } },
    ConsistentRead: true,
  });
  return of(Item);
}

/** Each side writes its own number, so neither undoes the other's. */
export const acknowledge = (url: string, table: string, name: keyof Acknowledged, sequence: string): Promise<unknown> =>
  dynamodb(url, 'UpdateItem', {
    TableName: acknowledgedTable,
    Key: { table: { S: table } },
    UpdateExpression: 'SET #name = :sequence',
    ExpressionAttributeNames: { '#name': name },
    ExpressionAttributeValues: { ':sequence': { S: sequence } },
  });
