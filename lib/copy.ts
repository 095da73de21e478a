import {
  closeSync,
  type Dirent,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { faultText, UserError } from './errors.ts';
import { openUntrusted } from './plain-file.ts';

/** Of the folders that one pod reads and the code of a push wrote in another. */
export const copyLimits = { entries: 100_000, bytes: 2 ** 30 };
export type Copied = { entries: number; bytes: number; leftOut: number };

const slash = Buffer.from('/');
const buffer = Buffer.alloc(2 ** 20);

/**
 * Copies a plain file, or the folders and plain files of a folder, to a new one, with their times and without their modes. Links, devices,
 * pipes and sockets are left out. Throws a UserError for more entries or bytes than allowed, before it copies them: a sparse file is as
 * large as it says.
 */
export function copyPlain(from: string, to: string, limits = copyLimits): Copied {
  const copied: Copied = { entries: 0, bytes: 0, leftOut: 0 };
  const fault = (what: string, allowed: string) =>
    new UserError(faultText({ where: from, what, given: 'more', allowed }));
  const there = lstatSync(from, { throwIfNoEntry: false });
  if (!there?.isDirectory()) {
    copied.entries++;
    if (!there?.isFile() || !copyFile(Buffer.from(from), Buffer.from(to))) copied.leftOut++;
    return copied;
  }
  mkdirSync(to);
  // As bytes: names need not be UTF-8.
  const folders: [Buffer, Buffer][] = [[Buffer.from(from), Buffer.from(to)]];
  for (let next = folders.pop(); next; next = folders.pop()) {
    const [source, target] = next;
    const entries = opendirSync(source, { encoding: 'buffer' as BufferEncoding });
    try {
      for (let entry = entries.readSync(); entry; entry = entries.readSync()) {
        if (++copied.entries > limits.entries) throw fault('entries', `at most ${limits.entries}`);
        const name = (entry as unknown as Dirent<Buffer>).name;
        const [path, copy] = [Buffer.concat([source, slash, name]), Buffer.concat([target, slash, name])];
        if (entry.isDirectory()) {
          mkdirSync(copy);
          folders.push([path, copy]);
        } else if (!entry.isFile() || !copyFile(path, copy)) copied.leftOut++;
      }
    } finally {
      entries.closeSync();
    }
  }
  return copied;

  /** False for what is no plain file by the time it is open. */
  function copyFile(path: Buffer, copy: Buffer): boolean {
    const source = openUntrusted(path);
    try {
      const there = fstatSync(source);
      if (!there.isFile()) return false;
      const { size, atime, mtime } = there;
      copied.bytes += size;
      if (copied.bytes > limits.bytes) throw fault('bytes', `at most ${limits.bytes}`);
      const target = openSync(copy, 'wx', 0o644);
      try {
        for (let left = size; left > 0; ) {
          const read = readSync(source, buffer, 0, Math.min(left, buffer.length), null);
          if (read === 0) break;
          // A full disk may take a part of it, and then fails.
          for (let at = 0; at < read; ) at += writeSync(target, buffer, at, read - at);
          left -= read;
        }
        futimesSync(target, atime, mtime);
      } finally {
        closeSync(target);
      }
      return true;
    } finally {
      closeSync(source);
    }
  }
}
