import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../machine/process.ts';
import { type RootfsName, rootfses, rootfsFolder } from '../sandbox/rootfs.ts';
import { cache, type Region, regions } from '../topology.ts';
import { dynoxideFolder } from './dynoxide.ts';
import { type EngineName, engineFolder, engines } from './engines.ts';

/** After that many days without use an engine is built again when a checkout wants it. */
const keptDays = 14;
/** As long as Go itself keeps what it does not use. */
const compiledDays = 5;

const folders = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** The folders that this checkout uses. */
const used = (): string[] => [
  ...(Object.keys(engines) as EngineName[]).map(engineFolder),
  ...(Object.keys(rootfses) as RootfsName[]).map(rootfsFolder),
  dynoxideFolder,
];

/** Notes that this checkout uses its engines and file systems, by the time of their folders. */
export function markUsed(folders = used()): void {
  const now = new Date();
  for (const folder of folders) if (existsSync(folder)) utimesSync(folder, now, now);
}

const platformImages = (region: Region) =>
  join(cache, 'registry', region.name, 'docker/registry/v2/repositories/platform');
const tagsOf = (region: Region, image: string) => join(platformImages(region), image, '_manifests/tags');

/** Notes that this checkout uses an image of the platform. Its registry runs or not. */
export const markImageUsed = (region: Region, image: string, tag: string): void =>
  markUsed([join(tagsOf(region, image), tag)]);

/** The entries of a folder that nobody marked for `days`. */
export const unused = (folder: string, days = keptDays): string[] =>
  folders(folder)
    .map((entry) => join(folder, entry))
    .filter((path) => Date.now() - statSync(path).mtimeMs > days * 86_400_000)
    .sort();

/**
 * Removes engines, file systems and images of the platform of former versions, and what Go's build cache has of them: Go trims that only while
 * it builds, and who has all engines builds none. Only for a platform that is up: of another checkout's that runs it could remove the programs.
 * Returns what it removed.
 */
export async function collectUnused(): Promise<string[]> {
  markUsed();
  const tags = regions.flatMap((region) => folders(platformImages(region)).map((image) => tagsOf(region, image)));
  // A registry itself collects what no tag leads to.
  const found = [...['engines', 'edited', 'rootfs'].map((name) => join(cache, name)), ...tags].flatMap((folder) =>
    unused(folder),
  );
  // By rm: Node's own takes minutes for a file system.
  await run('rm', ['-rf', ...found]);
  const goBuild = join(cache, 'go-build');
  if (existsSync(goBuild))
    await run('find', [goBuild, '-mindepth', '2', '-type', 'f', '-mtime', `+${compiledDays}`, '-delete']);
  return found;
}
