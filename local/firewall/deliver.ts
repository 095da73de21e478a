import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  unlinkSync,
} from 'node:fs';
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

/** A file of AWS WAF has 75 MB at most, and the firewall's are as small. */
const mostBytes = 128 * 1024 ** 2;

/** Names of the files below a folder, without going through a link. */
function* namesBelow(folder: string, prefix = ''): Generator<string> {
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const name = prefix + entry.name;
    if (entry.isDirectory()) yield* namesBelow(folder, `${name}/`);
    else if (entry.isFile()) yield name;
  }
}

/**
 * Reads a file of a folder that somebody else writes, and who took that over would have root read what a link names. What is opened is looked at, and not
 * what had the name before: undefined if it is no file that has this name alone.
 */
function readOwn(folder: string, name: string): { body: Buffer; modified: Date } | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const opened = openSync(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const info = fstatSync(opened);
    const isOwn = readlinkSync(`/proc/self/fd/${opened}`) === join(realpathSync(folder), name);
    if (!info.isFile() || info.nlink !== 1 || !isOwn) return undefined;
    if (info.size > mostBytes) throw new Error(`given ${info.size} bytes, allowed ${mostBytes}`);
    return { body: readFileSync(opened), modified: info.mtime };
  } finally {
    closeSync(opened);
  }
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
      for (const name of [...namesBelow(folder)].sort()) {
        // One that is still written has a point before its name.
        if (!/(?:^|\/)[^./][^/]*\.log\.gz$/.test(name)) continue;
        try {
          const own = readOwn(folder, name);
          if (!own) continue;
          const key = minuteKey(name, own.modified);
          await put(key, own.body);
          unlinkSync(join(folder, name));
          started.push(start(key));
        } catch (error) {
          // It waits, and stops no other.
          log('error', 'not uploaded', { file: name.slice(0, 300), reason: (error as Error).message.slice(0, 200) });
        }
      }
      return started;
    },
  };
}
