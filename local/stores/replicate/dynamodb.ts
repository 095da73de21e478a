import { createHash } from 'node:crypto';

/** An item as DynamoDB's API has it: `{ id: { S: 'x' } }`. */
export type Item = Record<string, Record<string, unknown>>;

/** Sends one request to a DynamoDB. The engine looks at no signature and no time, but wants both. */
export async function dynamodb<T = Record<string, unknown>>(url: string, operation: string, input: object): Promise<T> {
  const api = /^(?:DescribeStream|GetShardIterator|GetRecords|ListStreams)$/.test(operation)
    ? 'DynamoDBStreams_20120810'
    : 'DynamoDB_20120810';
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${api}.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=platform/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(5000),
  });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text) as T;
  const type = /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(text)?.[1] ?? String(answer.status);
  throw Object.assign(new Error(`${operation}: ${type}: ${text.slice(0, 300)}`), { type });
}

export type Key = { hash: string; range?: string };
type Change = { PutRequest: { Item: Item } } | { DeleteRequest: { Key: Item } };
export type StreamRecord = {
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  dynamodb: { Keys: Item; NewImage?: Item; SequenceNumber: string };
};

export const keyOf = (item: Item, { hash, range }: Key): Item =>
  Object.fromEntries([hash, range].flatMap((name) => (name ? [[name, item[name] ?? {}]] : [])));
/** A key as a text, whatever the order of its attributes; and back. */
export const textOf = (key: Item): string => JSON.stringify(sorted(key));
export const keyFrom = (text: string): Item => JSON.parse(text);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
};
/** The same of two items that are equal. Short, because a table has a hundred thousand. */
const digestOf = (item: Item) =>
  createHash('sha1')
    .update(JSON.stringify(sorted(item)))
    .digest('base64');

/** What records leave of each item: its last image, or that it is gone. A batch may name an item once only. */
export function lastChanges(records: readonly StreamRecord[]): Change[] {
  const last = new Map<string, Change>();
  for (const { eventName, dynamodb } of records) {
    const gone = eventName === 'REMOVE' || !dynamodb.NewImage;
    last.set(
      textOf(dynamodb.Keys),
      gone ? { DeleteRequest: { Key: dynamodb.Keys } } : { PutRequest: { Item: dynamodb.NewImage as Item } },
    );
  }
  return [...last.values()];
}

/** The higher of two numbers of a stream, which have more digits than a Number. */
export const higher = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined ? b : b === undefined || BigInt(a) >= BigInt(b) ? a : b;

/** DynamoDB takes so many changes at once. */
const batchSize = 25;
export async function writeChanges(url: string, table: string, changes: readonly Change[]): Promise<void> {
  for (let from = 0; from < changes.length; from += batchSize) {
    let left: Change[] = changes.slice(from, from + batchSize);
    for (let tries = 0; left.length > 0; tries++) {
      if (tries > 20) throw new Error(`${table}: ${left.length} changes are refused again and again`);
      const answer = await dynamodb<{ UnprocessedItems?: Record<string, Change[]> }>(url, 'BatchWriteItem', {
        RequestItems: { [table]: left },
      });
      left = answer.UnprocessedItems?.[table] ?? [];
    }
  }
}

/** All items of a table, as many at a time as one answer has. */
async function* pages(url: string, table: string): AsyncGenerator<Item[]> {
  for (let from: Item | undefined; ; ) {
    const page = await dynamodb<{ Items: Item[]; LastEvaluatedKey?: Item }>(url, 'Scan', {
      TableName: table,
      ConsistentRead: true,
      ...(from ? { ExclusiveStartKey: from } : {}),
    });
    yield page.Items;
    from = page.LastEvaluatedKey;
    if (!from) return;
  }
}
export async function scan(url: string, table: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages(url, table)) items.push(...page);
  return items;
}

/**
 * Writes what `from` has and `to` has not, or has otherwise; with `deletes` also removes what `to` alone has. Regions that were apart differ in few of
 * many items, and writing all of them took minutes.
 */
export async function copyDifferences(from: string, to: string, table: string, key: Key, deletes: boolean) {
  const there = new Map<string, string>();
  for await (const page of pages(to, table))
    for (const item of page) there.set(textOf(keyOf(item, key)), digestOf(item));
  let [items, written] = [0, 0];
  for await (const page of pages(from, table)) {
    const changes: Change[] = [];
    for (const item of page) {
      const id = textOf(keyOf(item, key));
      if (there.get(id) !== digestOf(item)) changes.push({ PutRequest: { Item: item } });
      there.delete(id);
    }
    await writeChanges(to, table, changes);
    items += page.length;
    written += changes.length;
  }
  const gone = deletes ? [...there.keys()].map(keyFrom) : [];
  await writeChanges(
    to,
    table,
    gone.map((Key) => ({ DeleteRequest: { Key } })),
  );
  return { items, written, deleted: gone.length };
}

type Description = {
  Table: { TableId?: string; LatestStreamArn?: string; KeySchema: { AttributeName: string; KeyType: string }[] };
};
/** Id, stream and key of a table. */
export async function describe(url: string, table: string): Promise<{ id: string; stream: string; key: Key }> {
  const { Table } = await dynamodb<Description>(url, 'DescribeTable', { TableName: table });
  if (!Table.LatestStreamArn) throw new Error(`${table}: has no stream`);
  const named = (type: string) => Table.KeySchema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const range = named('RANGE');
  return {
    id: Table.TableId ?? Table.LatestStreamArn,
    stream: Table.LatestStreamArn,
    key: { hash: named('HASH') as string, ...(range ? { range } : {}) },
  };
}
