import { build } from 'esbuild';

/**
 * One of the project's own programs as a single file that runs on Node alone, for an image without node_modules. The same sources
 * give the same bytes, so an image changes only when its program does.
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
    // Packages in CommonJS ask for Node's own modules by require, which an ES module has not.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
}
