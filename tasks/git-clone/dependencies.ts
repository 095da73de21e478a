import { createHash } from 'node:crypto';
import { instructionsOf, unreadable } from '../../lib/dockerfile.ts';

/**
 * The part of a Dockerfile that fetches dependencies: its first stage up to the first COPY or ADD of anything but the lock files.
 * Undefined where that has no RUN after a lock file was copied, which means that there is nothing to cache, or where the file cannot be
 * read simply.
 */
export function dependencyStage(dockerfile: string, lockFiles: readonly string[]): string | undefined {
  // What is longer was written by nobody, and is not worth reading.
  if (dockerfile.length > 64 * 1024 || unreadable(dockerfile).length > 0) return undefined;
  const kept: string[] = [];
  let [stages, copied, fetched] = [0, false, false];
  for (const { text, name, flags, words } of instructionsOf(dockerfile)) {
    if (name === 'FROM' && ++stages > 1) break;
    if (name === 'COPY' || name === 'ADD') {
      const sources = words.slice(0, -1);
      if (
        flags.length > 0 ||
        sources.length === 0 ||
        !sources.every((source) => lockFiles.includes(source.replace(/\*$/, '')))
      )
        break;
      copied = true;
    }
    if (name === 'RUN' && copied) fetched = true;
    kept.push(text);
  }
  return fetched ? kept.join('') : undefined;
}

const week = 7 * 24 * 3600 * 1000;

/**
 * The key of the layers of these dependencies. It says everything that they can come from, so a run finds nothing there that
 * another run could have made otherwise; and the week, so that what a distribution mends gets in.
 */
export function cacheKey(
  stage: string,
  files: ReadonlyMap<string, { text: string; mode: number }>,
  others: readonly string[],
  now: Date,
): string {
  const hash = createHash('sha256');
  const parts = [
    stage,
    // kaniko knows a layer by the modes of its files, too.
    ...[...files].sort().flatMap(([path, { text, mode }]) => [path, text, mode.toString(8)]),
    ...[...others].sort(),
    String(Math.floor(now.getTime() / week)),
  ];
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}
