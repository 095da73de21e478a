import { createHash } from 'node:crypto';
import { type Instruction, wordsOf } from '../../lib/dockerfile.ts';

/**
 * The part of a Dockerfile that fetches dependencies: its first stage up to the first COPY or ADD of anything but the lock files.
 * Undefined if it has no RUN after the copy of a lock file, so there is nothing to cache.
 */
export function dependencyStage(
  instructions: readonly Instruction[],
  lockFiles: readonly string[],
): string | undefined {
  const kept: string[] = [];
  let [stages, copied, fetched] = [0, false, false];
  for (const { text, name, flags, rest } of instructions) {
    if (name === 'FROM' && ++stages > 1) break;
    if (name === 'COPY' || name === 'ADD') {
      const sources = wordsOf(rest).slice(0, -1);
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
 * The cache key of the dependency layers. It covers all of their inputs, so a run never finds layers that it would not have built itself, and
 * the week, so that security updates of the distribution get in.
 */
export function cacheKey(
  stage: string,
  files: ReadonlyMap<string, { bytes: Uint8Array; mode: number }>,
  others: readonly string[],
  now: Date,
): string {
  const hash = createHash('sha256');
  const parts = [
    stage,
    // kaniko's own cache key covers the file modes too.
    ...[...files].sort().flatMap(([path, { bytes, mode }]) => [path, bytes, mode.toString(8)]),
    ...[...others].sort(),
    String(Math.floor(now.getTime() / week)),
  ];
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}
