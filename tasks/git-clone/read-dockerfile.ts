import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refused, stepOf, text } from '../../lib/step.ts';
import { cacheKey, dependencyStage } from './dependencies.ts';
import type { gitClone } from './git-clone.ts';
import { judgeDockerfile } from './judge-dockerfile.ts';
import { namedOnly } from './named-only.ts';

/**
 * Refuses a Dockerfile whose base images are not pinned or that Kaniko would build otherwise than Docker, and files that git holds by name only. Copies the part of it that fetches dependencies, with its lock files, to
 * $SOURCE/dependencies, and computes the cache key. Arguments: lock files, `--`, and the other inputs of the layers: base images and kaniko's
 * image. Nothing to cache is no fault. A lock file that is not a plain file counts as missing.
 */
await stepOf<typeof gitClone, 'read-dockerfile'>()({
  name: 'git-clone',
  env: { SOURCE: text('a folder') },
  results: ['bases', 'cacheKey'],
  run: ({ SOURCE }) => {
    const separator = process.argv.indexOf('--', 2);
    const lockFiles = process.argv.slice(2, separator);
    const others = process.argv.slice(separator + 1);
    const dockerfile = plainFile(SOURCE, 'Dockerfile', 1 / 4);
    if (!dockerfile)
      throw refusal([
        'Dockerfile: missing, a link or larger than 256 KiB; allowed is a file in the root of the repository',
      ]);
    const { instructions, bases, faults } = judgeDockerfile(dockerfile.bytes, others);
    const all = [...faults, ...namedOnly(join(SOURCE, 'repository'))];
    if (all.length > 0) throw refusal(all);

    const context = join(SOURCE, 'dependencies');
    rmSync(context, { recursive: true, force: true });
    const stage = dependencyStage(instructions, lockFiles);
    let key = '';
    if (stage) {
      const files = new Map(
        lockFiles.flatMap((path) => {
          const file = plainFile(SOURCE, path, 8);
          return file ? [[path, file] as const] : [];
        }),
      );
      const part = { bytes: Buffer.from(stage), mode: dockerfile.mode };
      for (const [path, { bytes, mode }] of [...files, ['Dockerfile', part] as const]) {
        mkdirSync(dirname(join(context, path)), { recursive: true });
        writeFileSync(join(context, path), bytes);
        // The umask must not matter: the mode is part of the key.
        chmodSync(join(context, path), mode);
      }
      key = cacheKey(stage, files, others, new Date());
    }
    console.log(key ? `layer cache: key ${key}` : 'layer cache: nothing of this Dockerfile is cached');
    return { bases: bases.join(' ') || 'none', cacheKey: key || 'none' };
  },
});

/** Final: the next attempt would read the same commit. */
function refusal(faults: string[]): Refused {
  return new Refused(1, faults.join('; '), { final: true });
}

function plainFile(source: string, path: string, mebibytes: number): { bytes: Buffer; mode: number } | undefined {
  const file = join(source, 'repository', path);
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (!there?.isFile() || there.size >= mebibytes * 2 ** 20) return undefined;
  return { bytes: readFileSync(file), mode: there.mode & 0o777 };
}
