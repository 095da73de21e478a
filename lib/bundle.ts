import { build } from 'esbuild';

/**
 * Bundles a program of this project into one file, for an image without node_modules. The same sources give the same bytes, so an
 * image changes only with its program.
 */
export async function bundleProgram(entryPoint: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    logLevel: 'silent',
    // CommonJS packages load Node's modules with require, which an ES module does not have.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
}
