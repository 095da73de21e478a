import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { acknowledge, acknowledged } from './acknowledged.ts';
import {
  copyDifferences,
  describe,
  dynamodb,
  higher,
  type Key,
  lastChanges,
  type StreamRecord,
  writeChanges,
} from './dynamodb.ts';

/**
 * Up to where a table was copied. It is written after the items, so that what a crash leaves in between is copied again, to the same effect.
 */
export type Checkpoint = {
  epoch: number;
  /** Of the source's table. */
  id: string;
  /** Undefined while the stream had no record. */
  sequence?: string;
};

const limit = 1000;

/** Whether records are missing between the checkpoint and what the stream still has. */
export const hasGap = (dropped: string | undefined, sequence: string | undefined): boolean =>
  dropped !== undefined && (sequence === undefined || BigInt(dropped) > BigInt(sequence));

/** A table that is copied from one DynamoDB to another. `step` copies what is new, and gives whether both were equal when it began. */
export function copyTable(table: string, from: string, to: string, epoch: number, file: string) {
  let known: { id: string; stream: string; shard: string; key: Key } | undefined;
  let iterator: string | undefined;
  let idle = 0;
  let checkpoint: Checkpoint | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;

  const keep = (now: Checkpoint) => {
    writeFileSync(`${file}.part`, JSON.stringify(now));
    renameSync(`${file}.part`, file);
    checkpoint = now;
  };

  async function look() {
    const found = await describe(from, table);
    const { StreamDescription } = await dynamodb<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
      from,
      'DescribeStream',
      { StreamArn: found.stream },
    );
    const [shard] = StreamDescription.Shards;
    if (!shard) throw new Error(`${table}: its stream has no shard`);
    return { ...found, shard: shard.ShardId };
  }

  const iteratorAfter = async (sequence: string | undefined) => {
    const { stream, shard } = known as NonNullable<typeof known>;
    const { ShardIterator } = await dynamodb<{ ShardIterator: string }>(from, 'GetShardIterator', {
      StreamArn: stream,
      ShardId: shard,
      ...(sequence === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequence }),
    });
    return ShardIterator;
  };

  type Page = { Records: StreamRecord[]; NextShardIterator?: string };
  const read = (at: string) => dynamodb<Page>(from, 'GetRecords', { ShardIterator: at, Limit: limit });
  const endOf = (records: readonly StreamRecord[]) => records.at(-1)?.dynamodb.SequenceNumber;

  /**
   * All of the table, where the stream does not lead from the last copy to now. The end of the stream is read before the items: its records come
   * again after them. What the source no longer has is deleted only if the last copy was of this very table in this epoch: another may have lost items, or
   * never have had them.
   */
  async function copyAll(id: string, key: Key): Promise<void> {
    const { copied, dropped } = await acknowledged(from, table);
    let end = higher(copied, dropped);
    for (let at: string | undefined = await iteratorAfter(undefined); at; ) {
      const page: Page = await read(at);
      end = higher(end, endOf(page.Records));
      at = page.Records.length < limit ? undefined : page.NextShardIterator;
    }
    const deletes = checkpoint?.id === id && checkpoint.epoch === epoch;
    const { items, written, deleted } = await copyDifferences(from, to, table, key, deletes);
    console.log(`${table}: compared whole, ${items} items, ${written} written, ${deleted} deleted`);
    await done(id, end);
  }

  async function done(id: string, sequence: string | undefined): Promise<void> {
    keep({ epoch, id, ...(sequence === undefined ? {} : { sequence }) });
    if (sequence !== undefined) await acknowledge(from, table, 'copied', sequence);
  }

  return async function step(): Promise<boolean> {
    known ??= await look();
    const { id, key } = known;
    try {
      if (!checkpoint || checkpoint.epoch !== epoch || checkpoint.id !== id) {
        await copyAll(id, key);
        iterator = undefined;
      }
      const { sequence } = checkpoint as Checkpoint;
      iterator ??= await iteratorAfter(sequence);
      const page = await read(iterator);
      // Asked after reading, because what is dropped later was read. Where nothing came it is not urgent.
      if (page.Records.length > 0 || ++idle % 10 === 0)
        if (hasGap((await acknowledged(from, table)).dropped, sequence)) {
          await copyAll(id, key);
          iterator = undefined;
          return false;
        }
      await writeChanges(to, table, lastChanges(page.Records));
      const end = endOf(page.Records);
      if (end !== undefined) await done(id, end);
      iterator = page.NextShardIterator;
      return page.Records.length < limit;
    } catch (error) {
      // A source that was started again may know neither.
      known = undefined;
      iterator = undefined;
      throw error;
    }
  };
}
