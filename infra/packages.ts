import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const read = (file: string) => JSON.parse(readFileSync(join(here, file), 'utf8'));

/** The packages of infra/ that are not installed in the version of its package.json. They take 480 MB, so nothing else installs them. */
export function missingPackages(): string[] {
  const { dependencies, devDependencies } = read('package.json');
  return Object.entries<string>({ ...dependencies, ...devDependencies })
    .filter(([name, version]) => {
      const file = `node_modules/${name}/package.json`;
      return !existsSync(join(here, file)) || read(file).version !== version;
    })
    .map(([name, version]) => `${name}@${version}`);
}

export const packagesCure = 'run npm install --no-save --prefix infra';
