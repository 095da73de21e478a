import { posix } from 'node:path';

/**
 * Who may import whom, folder by folder; a folder may always import itself. What is not listed may not: the parts of the platform
 * form a line, so a part can be read without those after it.
 */
export type Directions = Record<string, readonly string[]>;

const imports = /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]/gm;

/** Files are path → text. A right is a folder, or one file. Tests may import what they like: nothing imports them. */
export function importDirections(files: ReadonlyMap<string, string>, directions: Directions): string[] {
  const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] as string) : path);
  return [...files].flatMap(([path, text]) => {
    if (/\.test\.ts$/.test(path)) return [];
    const folder = folderOf(path);
    const allowed = directions[folder];
    if (allowed === undefined) return [`${path}: no direction is given for ${folder}; give it one`];
    return [...text.matchAll(imports)]
      .map(([, first, second]) => posix.join(posix.dirname(path), (first ?? second) as string))
      .filter(
        (target) => folderOf(target) !== folder && !allowed.includes(folderOf(target)) && !allowed.includes(target),
      )
      .map((target) => `${path}: imports ${target}; allowed are ${[folder, ...allowed].join(', ')}`);
  });
}
