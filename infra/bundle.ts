import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { bundleProgram } from '../lib/bundle.ts';

const repository = dirname(import.meta.dirname);

/** The newest Node.js that Lambda has. */
const target = 'node24';

/** Archives of functions: name → bytes. The same sources give the same bytes, so a function changes with its code alone. */
export async function bundleFunctions(
  functions: readonly { name: string; source: string }[],
): Promise<Map<string, Uint8Array>> {
  const folder = mkdtempSync(join(tmpdir(), 'functions-'));
  try {
    const archives = new Map<string, Uint8Array>();
    for (const { name, source } of functions) {
      const file = join(folder, `${name}.mjs`);
      await bundleProgram(join(repository, source), file, target);
      // An archive holds the time of its files: always the first that it can hold.
      archives.set(name, zipSync({ 'index.mjs': readFileSync(file) }, { mtime: new Date(1980, 0, 1), level: 9 }));
    }
    return archives;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes them to dist/functions/, where the stacks look for them. */
export function writeFunctions(archives: ReadonlyMap<string, Uint8Array>): void {
  const out = join(repository, 'dist/functions');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [name, bytes] of archives) writeFileSync(join(out, `${name}.zip`), bytes);
}

if (import.meta.main) {
  const [dr, firewall] = await Promise.all([import('../dr/lambdas.ts'), import('../firewall/lambdas.ts')]);
  const archives = await bundleFunctions([...Object.values(dr.lambdas), ...Object.values(firewall.lambdas)]);
  writeFunctions(archives);
  for (const [name, { length }] of archives) console.log(`dist/functions/${name}.zip  ${Math.ceil(length / 1024)} kB`);
}
