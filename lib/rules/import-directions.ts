import { posix } from 'node:path';

/**
 * Which folders each folder may import, besides itself. Everything else is forbidden: the parts of the platform form a line, so a
 * part can be read without those after it.
 */
export type Directions = Record<string, readonly string[]>;

const imports =
  /^\s*(?:import|export)\s(type\s)?(?:[^'"`;]*?\sfrom\s)?\s*['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]/gm;

/** `files` is path → text. A direction allows a folder or one file, or as `type <folder>` only its types. Tests are exempt, because nothing imports them. */
export function importDirections(files: ReadonlyMap<string, string>, directions: Directions): string[] {
  const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] as string) : path);
  return [...files].flatMap(([path, text]) => {
    if (/\.test\.ts$/.test(path)) return [];
    const folder = folderOf(path);
    const allowed = directions[folder];
    if (allowed === undefined) return [`${path}: ${folder} has no direction; add one`];
    return [...text.matchAll(imports)].flatMap(([, type, first, second]) => {
      const target = posix.join(posix.dirname(path), (first ?? second) as string);
      const names = [folderOf(target), target];
      const found = [...names, ...(type ? names.map((name) => `type ${name}`) : [])];
      if (names.includes(folder) || found.some((name) => allowed.includes(name))) return [];
      return [`${path}: imports ${target}; allowed are ${[folder, ...allowed].join(', ')}`];
    });
  });
}
