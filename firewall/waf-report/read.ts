import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { reasonOf } from '../../lib/log.ts';
import { lineSplitter } from './lines.ts';
import { hitOf } from './record.ts';
import { tally } from './tally.ts';

/** What keeps a report small and its reader alive, whatever a file holds. */
export const bounds = {
  /** A record of AWS WAF holds at most 8 kB of each part of a request; nothing near this. */
  lineBytes: 256 * 1024,
  /** Unpacked, of one window: a file that unpacks to more than gzip can make of records is a bomb. */
  windowBytes: 4 * 1024 ** 3,
  groups: 5000,
  paths: 2000,
  shown: 50,
};

export type Read = ReturnType<ReturnType<typeof reader>['result']>;

/** Reads files one after the other, as streams, into counts. `isLate` says that time is up. */
export function reader(isLate: () => boolean, limits = bounds) {
  const actions = tally(50);
  const groups = tally(limits.groups);
  const paths = tally(limits.paths);
  const notes = new Set<string>();
  let records = 0;
  let bad = 0;
  let bytes = 0;

  const onLine = (line: string) => {
    const hit = hitOf(line);
    if (!hit) {
      bad += 1;
      return;
    }
    records += 1;
    if (hit.action === 'ALLOW') return;
    actions.add(hit.action);
    groups.add(JSON.stringify([hit.action, hit.rule, hit.country, hit.block]));
    paths.add(hit.path);
  };

  return {
    /** What cannot be read is a note: half of a file says more than none. Errors of the source itself are thrown. */
    async file(name: string, source: Readable): Promise<void> {
      const lines = lineSplitter(limits.lineBytes, onLine, () => {
        bad += 1;
      });
      const unpacked = createGunzip();
      let broken: unknown;
      source.once('error', (error) => {
        broken = error;
        unpacked.destroy(error);
      });
      let first = true;
      let whole = true;
      try {
        for await (const chunk of source.pipe(unpacked) as AsyncIterable<Buffer>) {
          if (first && chunk[0] === 0x1f && chunk[1] === 0x8b) {
            notes.add(`${name} is gzip in gzip: the delivery packs what is packed`);
            whole = false;
            break;
          }
          first = false;
          bytes += chunk.length;
          lines.push(chunk);
          if (bytes > limits.windowBytes || isLate()) {
            notes.add(`the records are more than a report reads: ${records.toLocaleString('en')} were read`);
            whole = false;
            break;
          }
        }
        // What is left is a line only where nothing was cut off.
        if (whole) lines.end();
      } catch (error) {
        if (broken) throw broken;
        notes.add(`${name} is broken: ${reasonOf(error)}`);
      } finally {
        source.destroy();
      }
    },
    isFull: () => bytes > limits.windowBytes || isLate(),
    note: (text: string): void => void notes.add(text),
    result() {
      if (bad > 0) notes.add(`${bad.toLocaleString('en')} lines are no records`);
      const { top, others } = groups.top(limits.shown);
      return {
        records,
        actions: actions.top(10).top,
        groups: top.map(([key, count]) => {
          const [action, rule, country, block] = JSON.parse(key) as [string, string, string, string];
          return { action, rule, country, block, count };
        }),
        others,
        paths: paths.top(3).top,
        notes: [...notes],
      };
    },
  };
}
