import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from '../machine/process.ts';
import { repository } from '../topology.ts';
import { apart, type Engine, type EngineName, engines, tidy } from './engines.ts';

// After a version in engines/*/go.mod was moved: gives every library the highest version that any engine requires, so that it is
// compiled once for all. `npm run align` runs it.

const requirement = /^((?:require )?\t?)(\S+) (v\d\S+)( \/\/ indirect)?$/gm;

/** Order of two versions of a module, as Go orders them. */
export function compareVersions(a: string, b: string): number {
  const [coreA, preA] = split(a);
  const [coreB, preB] = split(b);
  return compareParts(coreA, coreB) || Number(!preA) - Number(!preB) || compareParts(preA ?? '', preB ?? '');
}

const split = (version: string): [core: string, prerelease: string | undefined] => {
  const [, core, prerelease] = version.match(/^v([\d.]+)(?:-([^+]+))?/) ?? [];
  return [core ?? '', prerelease];
};

const compareParts = (a: string, b: string): number => {
  const [partsA, partsB] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.max(partsA.length, partsB.length); i++) {
    const [x, y] = [partsA[i], partsB[i]];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const [isNumberX, isNumberY] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (isNumberX && isNumberY) return Number(x) - Number(y);
    if (isNumberX !== isNumberY) return isNumberX ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
};

/** The texts of all go.mod files with the highest version of each module in every one that requires it. */
export function aligned(texts: Record<string, string>): Record<string, string> {
  const highest = new Map<string, string>();
  for (const text of Object.values(texts))
    for (const [, , path, version] of text.matchAll(requirement)) {
      const other = highest.get(path as string);
      if (!other || compareVersions(version as string, other) > 0) highest.set(path as string, version as string);
    }
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      text.replace(requirement, (_, before, path, __, after = '') => `${before}${path} ${highest.get(path)}${after}`),
    ]),
  );
}

if (import.meta.main) {
  const names = (Object.keys(engines) as EngineName[]).filter((name) => !apart.includes(engines[name].module));
  const moduleOf = (name: EngineName): Engine['module'] => engines[name].module;
  const goMod = (module: string) => join(repository, 'engines', module, 'go.mod');
  const read = () =>
    Object.fromEntries(names.map((name) => [moduleOf(name), readFileSync(goMod(moduleOf(name)), 'utf8')]));
  // A higher version may require a higher one of another module, so until nothing changes.
  for (let before = ''; before !== JSON.stringify(read()); ) {
    before = JSON.stringify(read());
    for (const [module, text] of Object.entries(aligned(read()))) writeFile(goMod(module), text);
    for (const name of names) await tidy(name);
  }
}
