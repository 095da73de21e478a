import { createHash } from 'node:crypto';

/**
 * The part of a Dockerfile that fetches dependencies: its first stage up to the first COPY or ADD of anything but the lock files.
 * Undefined where that has no RUN after a lock file was copied, which means that there is nothing to keep, or where the file has
 * something that this simple reading of it (no heredocs, no other escape character) does not know.
 */
export function dependencyStage(dockerfile: string, lockFiles: readonly string[]): string | undefined {
  // What is longer was written by nobody, and is not worth reading.
  if (dockerfile.length > 64 * 1024 || /^#[ \t]*escape=/im.test(dockerfile)) return undefined;
  const kept: string[] = [];
  let [stages, copied, fetched] = [0, false, false];
  for (const { text, name, rest } of instructionsOf(dockerfile)) {
    if (text.includes('<<')) return undefined;
    if (name === 'FROM' && ++stages > 1) break;
    if (name === 'COPY' || name === 'ADD') {
      const sources = rest.slice(0, -1);
      if (sources.length === 0 || !sources.every((source) => lockFiles.includes(source.replace(/\*$/, '')))) break;
      copied = true;
    }
    if (name === 'RUN' && copied) fetched = true;
    kept.push(text);
  }
  return fetched ? kept.join('') : undefined;
}

/** Instructions with the comments before them, as they stand in the file, their names in capitals and their other words. */
export function* instructionsOf(dockerfile: string): Generator<{ text: string; name: string; rest: string[] }> {
  let [text, joined] = ['', ''];
  const next = () => {
    const [name = '', ...rest] = joined.trim().split(/\s+/);
    return { text, name: name.toUpperCase(), rest };
  };
  for (const line of dockerfile.split(/(?<=\n)/)) {
    text += line;
    if (/^\s*(#|$)/.test(line)) continue;
    joined += line.replace(/\\\s*$/, ' ');
    if (/\\\s*$/.test(line)) continue;
    yield next();
    [text, joined] = ['', ''];
  }
  if (joined) yield next();
}

const week = 7 * 24 * 3600 * 1000;

/**
 * The name under which the layers of these dependencies are kept. It says everything that they can come from, so a run finds nothing there that
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
