/**
 * Ours, in place of Fluent Bit, CloudWatch and Firehose, none of which can be had here: it takes the logs of the pods of a region to the S3 of its
 * stores, each line in the shape that it has on AWS. Files come every few seconds, and not every quarter of an hour.
 *
 * Run: `node ship.mjs SETTINGS`
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bucket, expire, put } from './bucket.ts';
import { pass } from './ship.ts';

export type Settings = { bucket: Bucket; folder: string; positions: string; host: string };

const pauseMs = 3000;
const keptDays = 7;

async function main(file: string): Promise<never> {
  const { bucket, ...given }: Settings = JSON.parse(readFileSync(file, 'utf8'));
  const ship = { ...given, put: (key: string, body: Buffer) => put(bucket, key, body), now: () => new Date() };
  let loggedAt = 0;
  let expired = 0;
  for (;;) {
    let more = false;
    try {
      more = await pass(ship);
      if (Date.now() - expired > 3_600_000) {
        expired = Date.now();
        await expire(bucket, keptDays);
      }
    } catch (error) {
      // The stores may start later, or not at all. What was read is read again.
      if (Date.now() - loggedAt > 60_000) console.log(`${new Date().toISOString()} ${(error as Error).message}`);
      loggedAt = Date.now();
      await sleep(pauseMs);
    }
    if (!more) await sleep(pauseMs);
  }
}

const [settings] = process.argv.slice(2);
if (settings === undefined) throw new Error('usage: ship.mjs SETTINGS');
await main(settings);
