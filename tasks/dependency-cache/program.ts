import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheKey, dependencyStage } from './dependencies.ts';

/**
 * The step `dependencies` of the git-clone Task: finds the part of the Dockerfile that fetches dependencies, puts it and its files into
 * $SOURCE/dependencies, and names it. Arguments: lock files, `--`, and what else layers come from: base images, and kaniko's own. Nothing to keep is no
 * fault; a file that is no plain file is as good as missing.
 */
const source = process.env.SOURCE ?? '';
const [repository, context] = [join(source, 'repository'), join(source, 'dependencies')];
const separator = process.argv.indexOf('--', 2);
const lockFiles = process.argv.slice(2, separator);
const others = process.argv.slice(separator + 1);

const plain = (path: string): string | undefined => {
  const there = lstatSync(join(repository, path), { throwIfNoEntry: false });
  return there?.isFile() && there.size < 8 * 2 ** 20 ? readFileSync(join(repository, path), 'utf8') : undefined;
};

rmSync(context, { recursive: true, force: true });
const stage = dependencyStage(plain('Dockerfile') ?? '', lockFiles);
let key = '';
if (stage) {
  const files = new Map(
    lockFiles.flatMap((path) => [[path, plain(path)]]).filter(([, text]) => text !== undefined) as [string, string][],
  );
  for (const [path, text] of [...files, ['Dockerfile', stage] as const]) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    // Their mode is part of what kaniko knows a layer by.
    writeFileSync(join(context, path), text, { mode: lstatSync(join(repository, path)).mode & 0o777 });
  }
  key = cacheKey(stage, files, others, new Date());
}
console.log(key ? `dependencies: ${key}` : 'dependencies: nothing of this Dockerfile is kept');
writeFileSync(process.env.RESULT_DEPENDENCIES_PATH ?? '', key || 'none');
