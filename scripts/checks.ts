/** The checks and tests that need no platform. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '../local/topology.ts';
import { bin, check, jest, type Proof } from './proof.ts';

/** The steps of `npm run check`. */
export async function checks(proof: Proof): Promise<void> {
  await check(proof, 'lint', bin('biome'), ['check', '.']);
  await check(proof, 'types', bin('tsc'), []);
  await check(proof, 'rendered is current', process.execPath, ['scripts/render.ts', '--check']);
  await jest(proof, 'unit tests and house rules', ['--silent']);
}

/** The services' own tests, with the commands that the pipeline runs, and the tool that each needs. */
const services = {
  ticket: { tool: 'go', command: ['go', 'test', './...'], env: { GOTOOLCHAIN: 'auto', GOFLAGS: '' } },
  booking: { tool: 'mvn', command: ['mvn', '--batch-mode', '--quiet', 'test'], env: {} },
  live: { tool: 'python3', command: ['./test.sh'], env: {} },
};

async function testServices(proof: Proof): Promise<void> {
  for (const [service, { tool, command, env }] of Object.entries(services)) {
    const [program = '', ...args] = command;
    const name = `tests of ${service}`;
    if (spawnSync(tool, [tool === 'go' ? 'version' : '--version'], { stdio: 'ignore' }).error)
      proof.skipped.push(`${name}: ${tool} is missing on this machine; install it to run them`);
    else await check(proof, name, program, args, { cwd: join(repository, 'services', service), env, quiet: true });
  }
}

/** The steps of `scripts/test`. They run in parallel: the services' tests wait for packages and processes, which leaves the processor to the checks. */
export const withoutPlatform = async (proof: Proof): Promise<void> => {
  await Promise.all([checks(proof), testServices(proof)]);
};
