import { build } from 'esbuild';

/**
 * Bundles a program of this project into one file, for an image or a function without node_modules. The same sources give the same bytes, so
 * it changes only with its program.
 */
export async function bundleProgram(entryPoint: string, outfile: string, target = 'node26'): Promise<void> {
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target,
    logLevel: 'silent',
    // CommonJS packages load Node's modules with require, which an ES module does not have.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
}
