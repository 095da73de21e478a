/**
 * Stand-ins for what AWS does: copies the tables and buckets of replicated data from the region that writes them to this one, and trims the
 * streams of this region's tables. Measures how far this region is behind, PostgreSQL included, which replicates by itself. One direction only, by
 * the last epoch that this region received: no last writer wins, no multi-region strong consistency; what a region wrote before it lost its role is not copied.
 * Run: node main.ts SETTINGS HOST:PORT, where it shows metrics of that.
 */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { copyTable } from './copy-table.ts';
import { heartbeat } from './heartbeat.ts';
import { lagMetrics } from './metrics.ts';
import { copyBucket, type S3Side } from './s3.ts';
import { type Lag, lagNames, type Settings, type Side, type Writer } from './settings.ts';
import { trimmer } from './trim.ts';

const settings: Settings = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'));
const { here, sides, tables, buckets, folder } = settings;
const own = sides[here] as Side;
mkdirSync(join(folder, 'checkpoints'), { recursive: true });

const writer = (): Writer => JSON.parse(readFileSync(settings.writerFile, 'utf8'));
const isWriter = () => writer().region === here;
/** Whom this region copies DynamoDB and S3 from, if it is another one. */
const itemsOf = ({ region, items }: Writer) => items ?? region;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** When each copy was last known to be equal: milliseconds. */
const equalAt = new Map<string, number>();
let postgresBehind: number | null = null;

/** Does it again and again, `pause` milliseconds after it ended, or as many as it gives. A fault is said once, until it is another one or gone. */
async function forever(name: string, work: () => Promise<unknown>, pause: number): Promise<never> {
  for (let fault = ''; ; ) {
    let rest = pause;
    try {
      const wanted = await work();
      if (typeof wanted === 'number') rest = wanted;
      if (fault) console.log(`${name}: goes on`);
      fault = '';
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause ? `${message}: ${(cause as Error).message}` : message;
      if (reason !== fault) console.log(`${name}: ${reason}`);
      fault = reason;
      rest = Math.max(pause, 1000);
    }
    await sleep(rest);
  }
}

function table(engine: string, name: string): void {
  let epoch: number | undefined;
  let step: (() => Promise<boolean>) | undefined;
  const copy = async () => {
    const now = writer();
    const source = itemsOf(now);
    if (source === here) {
      step = undefined;
      return 1000;
    }
    if (!step || epoch !== now.epoch) {
      const from = sides[source]?.dynamodb[engine];
      if (!from) throw new Error(`the writer ${source} has no ${engine}`);
      epoch = now.epoch;
      step = copyTable(name, from, own.dynamodb[engine] as string, epoch, join(folder, 'checkpoints', `${name}.json`));
    }
    const began = Date.now();
    if (!(await step())) return 0;
    equalAt.set(name, began);
  };
  void forever(name, copy, 500);
}

function streams(engine: string): void {
  const trim = trimmer(join(settings.dynamodbFolder, `${engine}.db`), own.dynamodb[engine] as string);
  void forever(`streams of ${engine}`, () => trim(itemsOf(writer()) === here), 250);
}

const s3Of = ({ s3, awsRegion }: Side): S3Side => ({ url: s3, credentials: { ...settings.s3, awsRegion } });
function bucket(name: string): void {
  const work = async () => {
    const region = itemsOf(writer());
    if (region === here) return;
    const began = Date.now();
    await copyBucket(s3Of(sides[region] as Side), s3Of(own), name);
    equalAt.set(name, began);
  };
  void forever(`bucket ${name}`, work, 5000);
}

/** Of several copies, the one that is furthest behind. */
function behind(names: readonly string[]): number | null {
  const since = names.map((name) => equalAt.get(name));
  return since.length === 0 || since.includes(undefined)
    ? null
    : (Date.now() - Math.min(...(since as number[]))) / 1000;
}

function lagNow(): Lag {
  const now = writer();
  const items = {
    [lagNames.dynamodb]: behind(Object.values(tables).flat()),
    [lagNames.s3]: behind(buckets),
  };
  return {
    at: Date.now(),
    // Of what is copied here; two regions are never both another one.
    writer: itemsOf(now) === here ? now.region : itemsOf(now),
    behind: {
      ...(itemsOf(now) === here ? {} : items),
      ...(now.region === here ? {} : { [lagNames.postgres]: postgresBehind }),
    },
  };
}

function writeLag(): void {
  const file = join(folder, 'lag.json');
  writeFileSync(`${file}.part`, JSON.stringify(lagNow()));
  renameSync(`${file}.part`, file);
}

for (const [engine, names] of Object.entries(tables)) {
  streams(engine);
  for (const name of names) table(engine, name);
}
for (const name of buckets) bucket(name);
const beat = heartbeat(own, settings.probe);
void forever(
  'heartbeat',
  async () => {
    try {
      postgresBehind = await beat(isWriter());
    } catch (error) {
      postgresBehind = null;
      throw error;
    }
  },
  1000,
);
void forever('lag', async () => writeLag(), 1000);

const [host, port] = (process.argv[3] as string).split(':') as [string, string];
createServer((_, response) =>
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(lagMetrics(lagNow())),
).listen(Number(port), host);
