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
const textOf = (key: Item) =>
  JSON.stringify(
    Object.keys(key)
      .sort()
      .map((name) => key[name]),
  );

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

/** The keys of `there` that `here` has no more. */
export function goneKeys(here: readonly Item[], there: readonly Item[], key: Key): Item[] {
  const kept = new Set(here.map((item) => textOf(keyOf(item, key))));
  return there.map((item) => keyOf(item, key)).filter((one) => !kept.has(textOf(one)));
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

export async function scan(url: string, table: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let from: Item | undefined; ; ) {
    const page = await dynamodb<{ Items: Item[]; LastEvaluatedKey?: Item }>(url, 'Scan', {
      TableName: table,
      ConsistentRead: true,
      ...(from ? { ExclusiveStartKey: from } : {}),
    });
    items.push(...page.Items);
    from = page.LastEvaluatedKey;
    if (!from) return items;
  }
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
