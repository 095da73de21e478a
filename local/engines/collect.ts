import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../machine/process.ts';
import { type RootfsName, rootfses, rootfsFolder } from '../sandbox/rootfs.ts';
import { cache } from '../topology.ts';
import { type EngineName, engineFolder, engines } from './engines.ts';

/** After that many days without use an engine is built again when a checkout wants it. */
const keptDays = 14;
/** As long as Go itself keeps what it does not use. */
const compiledDays = 5;

/** The folders that this checkout uses. */
const used = (): string[] => [
  ...(Object.keys(engines) as EngineName[]).map(engineFolder),
  ...(Object.keys(rootfses) as RootfsName[]).map(rootfsFolder),
];

/** Notes that this checkout uses its engines and file systems, by the time of their folders. */
export function markUsed(folders = used()): void {
  const now = new Date();
  for (const folder of folders) if (existsSync(folder)) utimesSync(folder, now, now);
}

/** The entries of a folder that nobody marked for `days`. */
export const unused = (folder: string, days = keptDays): string[] =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .map((entry) => join(folder, entry))
    .filter((path) => Date.now() - statSync(path).mtimeMs > days * 86_400_000)
    .sort();

/**
 * Removes engines and file systems of former versions, and what Go's build cache has of them: Go trims that only while it builds, and who
 * has all engines builds none. Only for a platform that is up: of another checkout's that runs it could remove the programs.
 * Returns what it removed.
 */
export async function collectUnused(): Promise<string[]> {
  markUsed();
  const found = ['engines', 'edited', 'rootfs'].flatMap((name) => unused(join(cache, name)));
  // By rm: Node's own takes minutes for a file system.
  await run('rm', ['-rf', ...found]);
  const goBuild = join(cache, 'go-build');
  if (existsSync(goBuild))
    await run('find', [goBuild, '-mindepth', '2', '-type', 'f', '-mtime', `+${compiledDays}`, '-delete']);
  return found;
}
