import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { acknowledge, acknowledged } from './acknowledged.ts';
import { higher } from './dynamodb.ts';

/** So many records a table keeps for a region that does not read them; then that region gets the table as a whole. */
export const kept = 10_000;

/** Of one table, with the numbers of the API. */
export type Stream = {
  table: string;
  records: number;
  /** Number of the newest record. */
  last: string;
  /** Number of the newest one of those that are too many. */
  beyond: string | null;
};

/** Up to which number records of a stream go: those that were copied, and the oldest if there are too many. `drops`: those had not been copied. */
export function trimOf(
  { last, beyond }: Stream,
  isWriter: boolean,
  copied: string | undefined,
): { upTo?: string; drops?: string } {
  // Nobody reads the stream of a copy.
  if (!isWriter) return { upTo: last };
  const upTo = higher(copied, beyond ?? undefined);
  if (upTo === undefined) return {};
  return upTo === copied ? { upTo } : { upTo, drops: upTo };
}

/** What the engine adds to a number of its file, so that its API gives as many digits as DynamoDB (SEQUENCE_NUMBER_OFFSET in its streams.rs). */
const offset = 10n ** 20n;
const shown = (stored: string) => String(BigInt(stored) + offset);
const stored = (shown: string) => String(BigInt(shown) - offset);

const find = `select table_name as "table", count(*) as records, cast(max(cast(sequence_number as integer)) as text) as last,
    (select one.sequence_number from _stream_records one where one.table_name = all_of.table_name
     order by cast(one.sequence_number as integer) desc limit 1 offset ${kept}) as beyond
  from _stream_records all_of group by table_name`;
const remove =
  'delete from _stream_records where table_name = ? and cast(sequence_number as integer) <= cast(? as integer)';

/**
 * Trims the streams of a DynamoDB of this region, in its file. The engine does not, and each write looks through all records of the file: with
 * 20,000 of them it takes a tenth of the writes that it takes without.
 */
export function trimmer(file: string, url: string): (isWriter: boolean) => Promise<void> {
  let database: DatabaseSync | undefined;
  return async (isWriter) => {
    // The engine makes it.
    if (!database && !existsSync(file)) return;
    database ??= new DatabaseSync(file, { timeout: 2000 });
    for (const found of database.prepare(find).all() as unknown as Stream[]) {
      const stream = { ...found, last: shown(found.last), beyond: found.beyond === null ? null : shown(found.beyond) };
      const { copied } = isWriter ? await acknowledged(url, stream.table) : {};
      const { upTo, drops } = trimOf(stream, isWriter, copied);
      // Said before they are gone.
      if (drops !== undefined) await acknowledge(url, stream.table, 'dropped', drops);
      if (upTo !== undefined) database.prepare(remove).run(stream.table, stored(upTo));
    }
  };
}
