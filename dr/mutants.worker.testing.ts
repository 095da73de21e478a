/** Loads the proofs anew for each mutant, with its change in the source, and says what they found. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { type Mutant, mutants } from './mutants.testing.ts';

const root = new URL('..', import.meta.url);
const own = new URL('dr/', root).href;
const numberOf = (url: string | undefined) => (url?.startsWith(own) ? new URL(url).searchParams.get('mutant') : null);

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const number = numberOf(context.parentURL);
    if (number === null || !found.url.startsWith(own)) return found;
    return { ...found, url: `${found.url.split('?')[0]}?mutant=${number}` };
  },
  load(url, context, next) {
    const number = numberOf(url);
    if (number === null) return next(url, context);
    const file = fileURLToPath(url.split('?')[0] as string);
    const { file: changed, from, to } = (mutants[Number(number)] ?? { file: '', from: '', to: '' }) as Mutant;
    const text = readFileSync(file, 'utf8');
    const source = file.endsWith(changed) && changed !== '' ? text.replace(from, () => to) : text;
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});

for (const number of workerData as number[]) {
  const started = process.cpuUsage();
  let found: string | undefined;
  try {
    const { firstBreach } = (await import(
      `./proofs.testing.ts?mutant=${number}`
    )) as typeof import('./proofs.testing.ts');
    found = await firstBreach();
  } catch (error) {
    found = `throws: ${(error as Error).message}`;
  }
  const { user, system } = process.cpuUsage(started);
  parentPort?.postMessage({ number, found, seconds: (user + system) / 1e6 });
}
