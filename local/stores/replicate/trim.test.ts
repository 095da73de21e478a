import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from '@jest/globals';
import { kept, trimmer, trimOf } from './trim.ts';

describe('records of a stream go', () => {
  const stream = { table: 'a', records: 5, last: '50', beyond: null };
  test('when they were copied', () => {
    expect(trimOf(stream, true, '30')).toEqual({ upTo: '30' });
    expect(trimOf(stream, true, undefined)).toEqual({});
  });
  test('all of them, where nobody reads them', () => {
    expect(trimOf(stream, false, undefined)).toEqual({ upTo: '50' });
  });
  test('the oldest, if there are too many, and this is said', () => {
    const many = { ...stream, records: kept + 10, beyond: '40' };
    expect(trimOf(many, true, '30')).toEqual({ upTo: '40', drops: '40' });
    expect(trimOf(many, true, undefined)).toEqual({ upTo: '40', drops: '40' });
    expect(trimOf(many, true, '45')).toEqual({ upTo: '45' });
  });
});

const folder = mkdtempSync(join(tmpdir(), 'trim-'));
afterAll(() => rmSync(folder, { recursive: true }));

test("a file of the engine's is trimmed by what the other region has copied, and by number rather than text", async () => {
  const file = join(folder, 'a.db');
  const trim = trimmer(file, 'http://127.0.0.1:1');
  // The engine has not made its file yet.
  await trim(true);
  // As the engine's API gives the number of its file, and no integer of SQLite.
  const shown = '100000000000000000010';
  const database = new DatabaseSync(file);
  database.exec('create table _stream_records (id integer primary key, table_name text, sequence_number text)');
  const add = database.prepare('insert into _stream_records (table_name, sequence_number) values (?, ?)');
  for (const number of [9, 10, 11, 100]) add.run('a', String(number));
  const server = createServer(async (request, answer) => {
    const { Key } = JSON.parse(await text(request));
    answer.end(JSON.stringify(Key.table.S === 'a' ? { Item: { copied: { S: shown } } } : {}));
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  try {
    await trimmer(file, `http://127.0.0.1:${port}`)(true);
    const left = () =>
      database
        .prepare('select sequence_number as n from _stream_records order by id')
        .all()
        .map(({ n }) => n);
    expect(left()).toEqual(['11', '100']);
    await trim(false);
    expect(left()).toEqual([]);
  } finally {
    server.close();
    database.close();
  }
});
