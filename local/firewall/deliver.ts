import { existsSync, lstatSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Stored } from '../stores/replicate/s3.ts';

export type Given = {
  /** Where the firewall leaves its files, by the keys of AWS WAF. */
  folder: string;
  bucket: string;
  put(key: string, body: Buffer): Promise<void>;
  under(prefix: string): Promise<Stored[]>;
  /** The function, with an event and the id of its invocation. */
  invoke(event: object, id: string): Promise<unknown>;
  sleep(milliseconds: number): Promise<unknown>;
  now(): number;
  log(level: 'info' | 'error', message: string, fields: Record<string, unknown>): void;
};

/** Lambda's tries of an asynchronous event: the first, and two more after a minute and two. */
const pauses = [0, 60_000, 120_000];

/** What EventBridge sends for a new object. */
const created = (bucket: string, key: string) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { bucket: { name: bucket }, object: { key } },
});

/** The folder of five minutes becomes that of the minute: a window on a laptop is as long as somebody waits for a message. */
export function minuteKey(key: string, at: Date): string {
  const minute = at.toISOString().slice(0, 16).replaceAll(/[-T:]/g, '/');
  return key.replace(/\/\d{4}\/\d\d\/\d\d\/\d\d\/\d\d\/(?=[^/]+$)/, `/${minute}/`);
}

/** Stands in for the delivery of AWS WAF, for EventBridge and for Lambda's retries; what it starts is the function itself. */
export function delivery(given: Given) {
  const { folder, bucket, put, under, invoke, sleep, now, log } = given;
  const underWay = new Set<string>();
  async function start(key: string): Promise<void> {
    // A file that was uploaded, and not removed before this program ended, comes twice.
    if (underWay.has(key)) return;
    underWay.add(key);
    try {
      await invokeThrice(key);
    } finally {
      underWay.delete(key);
    }
  }
  async function invokeThrice(key: string): Promise<void> {
    for (const [at, pause] of pauses.entries()) {
      await sleep(pause);
      try {
        // The id of the invocation: Lambda remembers it through all its tries, and this program does not through its own end.
        return log('info', 'report', { key, answer: await invoke(created(bucket, key), key) });
      } catch (error) {
        const last = at === pauses.length - 1;
        log('error', last ? 'dead letter' : 'report is tried again', { key, reason: (error as Error).message });
      }
    }
  }
  return {
    /** What was uploaded in the last hour, again: an event may have been lost with this program, and one that comes twice sends nothing. */
    async again(): Promise<Promise<void>[]> {
      const recent = (await under('AWSLogs/')).filter(({ modified }) => modified > now() - 3_600_000);
      return recent.map(({ key }) => start(key));
    },
    /** Uploads what the firewall left, and starts the function for each file. Gives what is under way. */
    async pass(): Promise<Promise<void>[]> {
      if (!existsSync(folder)) return [];
      const started: Promise<void>[] = [];
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
        // One that is still written has a point before its name.
        if (!/(?:^|\/)[^./][^/]*\.log\.gz$/.test(name)) continue;
        const file = join(folder, name);
        const info = lstatSync(file);
        // The firewall's user writes here, and who took it over would have root read what a link names.
        if (!info.isFile()) continue;
        const key = minuteKey(name, new Date(info.mtimeMs));
        try {
          await put(key, readFileSync(file));
          unlinkSync(file);
          started.push(start(key));
        } catch (error) {
          // It waits, and stops no other.
          log('error', 'not uploaded', { file: name, reason: (error as Error).message.slice(0, 200) });
        }
      }
      return started;
    },
  };
}
