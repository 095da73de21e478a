/** The copy of a table, between two doubles of DynamoDB with a stream. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { copyTable, hasGap } from './copy-table.ts';
import type { Item, StreamRecord } from './dynamodb.ts';

type Change = { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } };
/** As much of DynamoDB as the copy uses: one table with the key `id`. */
class Double {
  items = new Map<string, Item>();
  records: { number: number; record: StreamRecord }[] = [];
  acknowledged: Item = {};
  id = 'table-1';
  /** Operation that fails the next time. */
  fails = '';
  calls: string[] = [];
  /** Ids that batches put. */
  written: string[] = [];
  #number = 0;
  put(id: string, value: string): void {
    const item: Item = { id: { S: id }, value: { S: value } };
    this.items.set(id, item);
    this.#note('MODIFY', id, item);
  }
  remove(id: string): void {
    this.items.delete(id);
    this.#note('REMOVE', id);
  }
  #note(eventName: StreamRecord['eventName'], id: string, image?: Item): void {
    const number = ++this.#number;
    const SequenceNumber = String(number);
    this.records.push({
      number,
      record: {
        eventName,
        dynamodb: { Keys: { id: { S: id } }, ...(image ? { NewImage: image } : {}), SequenceNumber },
      },
    });
  }
  /** As the trimmer does with too many. */
  drop(): void {
    this.acknowledged.dropped = { S: String(this.#number) };
    this.records = [];
  }
  answer(operation: string, input: Record<string, unknown>): object {
    this.calls.push(operation);
    if (operation === this.fails) {
      this.fails = '';
      throw new Error('on purpose');
    }
    switch (operation) {
      case 'DescribeTable':
        return {
          Table: {
            TableId: this.id,
            LatestStreamArn: 'arn',
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          },
        };
      case 'DescribeStream':
        return { StreamDescription: { Shards: [{ ShardId: 'shard' }] } };
      case 'GetShardIterator':
        return { ShardIterator: input.ShardIteratorType === 'TRIM_HORIZON' ? '0' : input.SequenceNumber };
      case 'GetRecords': {
        const found = this.records.filter(({ number }) => number > Number(input.ShardIterator)).slice(0, 1000);
        return {
          Records: found.map(({ record }) => record),
          NextShardIterator: String(found.at(-1)?.number ?? input.ShardIterator),
        };
      }
      case 'Scan':
        return { Items: [...this.items.values()] };
      case 'GetItem':
        return { Item: this.acknowledged };
      case 'UpdateItem':
        this.acknowledged[(input.ExpressionAttributeNames as Record<string, string>)['#name'] as string] = (
          input.ExpressionAttributeValues as Record<string, Item[string]>
        )[':sequence'] as Item[string];
        return {};
      case 'BatchWriteItem':
        for (const change of Object.values(input.RequestItems as Record<string, Change[]>).flat()) {
          if (change.PutRequest) {
            const id = change.PutRequest.Item.id?.S as string;
            this.items.set(id, change.PutRequest.Item);
            this.written.push(id);
          }
          if (change.DeleteRequest) this.items.delete(change.DeleteRequest.Key.id?.S as string);
        }
        return {};
    }
    throw new Error(operation);
  }
}

const servers: Server[] = [];
function serve(double: Double): Promise<string> {
  const server = createServer(async (request, answer) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] as string;
    try {
      answer.end(JSON.stringify(double.answer(operation, JSON.parse(await text(request)))));
    } catch (error) {
      answer.writeHead(500).end(JSON.stringify({ __type: 'InternalServerError', message: (error as Error).message }));
    }
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as { port: number }).port}`));
  });
}

let [source, copy] = [new Double(), new Double()];
let [from, to] = ['', ''];
let folder: string;
beforeEach(async () => {
  [source, copy] = [new Double(), new Double()];
  [from, to] = [await serve(source), await serve(copy)];
  folder = mkdtempSync(join(tmpdir(), 'copy-'));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});
const start = (epoch = 1) => copyTable('a-table', from, to, epoch, join(folder, 'checkpoint'));
const equal = () => expect(new Map([...copy.items].sort())).toEqual(new Map([...source.items].sort()));
/** Until a step finds nothing more. */
async function settle(step: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 20; tries++) if (await step()) return;
  throw new Error('never equal');
}

test('what was there before the copy began, and what comes after it, is copied in order', async () => {
  source.put('old', '1');
  source.records = [];
  const step = start();
  await settle(step);
  equal();
  source.put('new', '1');
  source.put('new', '2');
  source.remove('old');
  await settle(step);
  equal();
  expect(copy.items.get('new')?.value).toEqual({ S: '2' });
  // Acknowledged, so that Seoul can trim.
  expect(source.acknowledged.copied).toEqual({ S: '4' });
});

test('a copy that starts again goes on where it was, and scans nothing', async () => {
  source.put('a', '1');
  await settle(start());
  source.put('b', '1');
  source.calls = [];
  await settle(start());
  equal();
  expect(source.calls).not.toContain('Scan');
});

test.each(['BatchWriteItem', 'UpdateItem', 'GetRecords', 'Scan', 'GetItem'])(
  'a %s that fails leaves nothing out',
  async (operation) => {
    source.put('a', '1');
    source.fails = operation;
    copy.fails = operation;
    const step = start();
    for (let tries = 0; tries < 4; tries++) await step().catch(() => undefined);
    source.put('b', '2');
    source.remove('a');
    source.fails = operation;
    copy.fails = operation;
    for (let tries = 0; tries < 4; tries++) await step().catch(() => undefined);
    await settle(step);
    equal();
  },
);

test('records that were dropped before they were read: the table is copied whole, deletions too', async () => {
  source.put('a', '1');
  source.put('b', '1');
  const step = start();
  await settle(step);
  source.remove('a');
  source.put('c', '1');
  source.drop();
  source.put('d', '1');
  await settle(step);
  await settle(step);
  equal();
  // Once.
  source.calls = [];
  for (let tries = 0; tries < 25; tries++) await step();
  expect(source.calls).not.toContain('Scan');
});

test('a table that was made anew deletes nothing in the copy: it may have lost its items', async () => {
  source.put('a', '1');
  await settle(start());
  source.items.clear();
  source.records = [];
  source.id = 'table-2';
  source.put('b', '1');
  await settle(start());
  expect([...copy.items.keys()].sort()).toEqual(['a', 'b']);
});

test('another epoch begins with the whole table', async () => {
  source.put('a', '1');
  await settle(start(1));
  source.calls = [];
  await settle(start(2));
  expect(source.calls).toContain('Scan');
  expect(JSON.parse(readFileSync(join(folder, 'checkpoint'), 'utf8')).epoch).toBe(2);
});

test('a whole copy writes only what differs', async () => {
  for (const id of ['same', 'other', 'new']) source.put(id, '1');
  copy.items.set('same', { value: { S: '1' }, id: { S: 'same' } });
  copy.items.set('other', { id: { S: 'other' }, value: { S: '0' } });
  await settle(start());
  equal();
  expect(copy.written).toEqual(['other', 'new']);
});

test('a checkpoint is written after the items', async () => {
  source.put('a', '1');
  copy.fails = 'BatchWriteItem';
  await expect(start()()).rejects.toThrow('BatchWriteItem');
  expect(existsSync(join(folder, 'checkpoint'))).toBe(false);
});

test('there is a gap where records beyond the checkpoint were dropped', () => {
  expect(hasGap(undefined, '5')).toBe(false);
  expect(hasGap('5', '5')).toBe(false);
  expect(hasGap('10', '9')).toBe(true);
  expect(hasGap('1', undefined)).toBe(true);
});
