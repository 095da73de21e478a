import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { containerOf, type Line, linesOf } from './cri.ts';

/** Of one file in one pass, and of one object unpacked. A line is never longer than the first. */
export const bounds = { chunkBytes: 256 * 1024, batchBytes: 1024 * 1024, lineBytes: 64 * 1024 };

export type Given = {
  /** Folder of the logs of pods. */
  folder: string;
  /** File that remembers how far each log was read. */
  positions: string;
  host: string;
  put(key: string, body: Buffer): Promise<void>;
  now(): Date;
};

/** By device and inode, because the kubelet renames a log when it rotates it. */
type Positions = Record<string, number>;

/** The key that Firehose would give (infra/constructs/log-delivery.ts). */
export function keyAt(at: Date, id: string): string {
  const [day = '', time = ''] = at.toISOString().slice(0, 19).split('T');
  const [year, month, date] = day.split('-');
  return `eks/application/year=${year}/month=${month}/day=${date}/eks-application-1-${day}-${time.replaceAll(':', '-')}-${id}.json.gz`;
}

function* files(folder: string): Generator<[path: string, container: Line['kubernetes']]> {
  for (const pod of list(folder))
    for (const container of list(join(folder, pod)))
      for (const file of list(join(folder, pod, container))) {
        const of = containerOf(`${pod}/${container}/${file}`);
        if (of) yield [join(folder, pod, container, file), of];
      }
}
/** A pod that ends takes its folder away meanwhile. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/**
 * One pass: reads what is new, puts it as one object, and remembers it then. So a line is there once or, if this program ends in between,
 * twice, and never lost as long as its file is there. Says whether there is more to read.
 */
export async function pass({ folder, positions: file, host, put, now }: Given, limits = bounds): Promise<boolean> {
  const before: Positions = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const after: Positions = {};
  const lines: string[] = [];
  let size = 0;
  let more = false;
  for (const [path, kubernetes] of files(folder)) {
    let opened: number;
    try {
      opened = openSync(path, 'r');
    } catch {
      continue;
    }
    try {
      const { dev, ino, size: length } = fstatSync(opened);
      const id = `${dev}:${ino}`;
      // A file that is shorter was begun again.
      const from = (before[id] ?? 0) > length ? 0 : (before[id] ?? 0);
      after[id] = from;
      if (from === length) continue;
      if (size >= limits.batchBytes) {
        more = true;
        continue;
      }
      const bytes = Buffer.alloc(Math.min(limits.chunkBytes, length - from));
      const chunk = bytes.subarray(0, readSync(opened, bytes, 0, bytes.length, from));
      const { entries, read } = linesOf(chunk, limits.lineBytes, chunk.length === limits.chunkBytes);
      for (const entry of entries) {
        const line = JSON.stringify({ ...entry, kubernetes, host } satisfies Line);
        lines.push(line);
        size += line.length;
      }
      after[id] = from + read;
      more ||= read > 0 && from + read < length;
    } finally {
      closeSync(opened);
    }
  }
  if (lines.length > 0)
    await put(keyAt(now(), randomBytes(6).toString('hex')), gzipSync(lines.map((line) => `${line}\n`).join('')));
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    writeFileSync(`${file}.part`, JSON.stringify(after), { mode: 0o600 });
    renameSync(`${file}.part`, file);
  }
  return more;
}
