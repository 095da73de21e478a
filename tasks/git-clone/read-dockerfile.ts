import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { oneLine } from '../../lib/text.ts';
import { basesOf } from './bases.ts';
import { cacheKey, dependencyStage } from './dependencies.ts';

/**
 * The step `read-dockerfile` of the git-clone Task: refuses a Dockerfile whose base images are not pinned, finds the part of it that fetches
 * dependencies, puts that and its files into $SOURCE/dependencies, and names it. Arguments: lock files, `--`, and what else layers come from:
 * base images, and kaniko's own. Nothing to cache is no fault; a lock file that is no plain file is as good as missing.
 */
const source = process.env.SOURCE ?? '';
const [repository, context] = [join(source, 'repository'), join(source, 'dependencies')];
const separator = process.argv.indexOf('--', 2);
const lockFiles = process.argv.slice(2, separator);
const others = process.argv.slice(separator + 1);

const plain = (path: string): { text: string; mode: number } | undefined => {
  const there = lstatSync(join(repository, path), { throwIfNoEntry: false });
  if (!there?.isFile() || there.size >= 8 * 2 ** 20) return undefined;
  return { text: readFileSync(join(repository, path), 'utf8'), mode: there.mode & 0o777 };
};

rmSync(context, { recursive: true, force: true });
const dockerfile = plain('Dockerfile');
const { bases, faults } = dockerfile
  ? basesOf(dockerfile.text, others)
  : {
      bases: [],
      faults: ['Dockerfile: missing, a link or larger than 8 MiB; allowed is a file in the root of the repository'],
    };
if (faults.length > 0) {
  for (const fault of faults) console.error(`git-clone: ${fault}`);
  const reason = oneLine(faults.join('; '), 900);
  writeFileSync(process.env.RESULT_REASON_PATH ?? '', reason);
  // For the next attempt, which then has nothing to look for.
  writeFileSync(join(source, 'refused'), reason);
  process.exit(1);
}
writeFileSync(process.env.RESULT_BASES_PATH ?? '', bases.join(' ') || 'none');
const stage = dependencyStage(dockerfile?.text ?? '', lockFiles);
let key = '';
if (dockerfile && stage) {
  const files = new Map(
    lockFiles.flatMap((path) => {
      const file = plain(path);
      return file ? [[path, file] as const] : [];
    }),
  );
  for (const [path, { text, mode }] of [...files, ['Dockerfile', { ...dockerfile, text: stage }] as const]) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    writeFileSync(join(context, path), text);
    // Whatever the umask says: the layers are known by it.
    chmodSync(join(context, path), mode);
  }
  key = cacheKey(stage, files, others, new Date());
}
console.log(key ? `layer cache: key ${key}` : 'layer cache: nothing of this Dockerfile is cached');
writeFileSync(process.env.RESULT_CACHE_KEY_PATH ?? '', key || 'none');
