/** The checks and tests that need no platform. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { services } from '../apps/index.ts';
import { missingPackages, packagesCure } from '../infra/packages.ts';
import { repository } from '../local/topology.ts';
import { type StackName, stacks } from '../pipelines/deliver/stacks.ts';
import { bin, check, jest, type Proof } from './proof.ts';

/** The compiler judges anew what changed since its last run here, and what depends on that. */
const incremental = (name: string) => ['--incremental', '--tsBuildInfoFile', `node_modules/.cache/${name}.tsbuildinfo`];

/** Whether rendered/ is what the sources say. A render has work for one core. */
async function renders(proof: Proof): Promise<void> {
  const quiet = { quiet: true };
  await check(proof, 'rendered is current', process.execPath, ['scripts/render.ts', '--check'], quiet);
  const missing = missingPackages();
  if (missing.length > 0)
    proof.skipped.push(`types and render of infra: ${missing.join(', ')} are missing; ${packagesCure}`);
  else {
    await check(proof, 'types of infra', bin('tsc'), ['-p', 'infra', ...incremental('infra')], quiet);
    await check(proof, 'rendered/infra is current', process.execPath, ['infra/render.ts', '--check'], quiet);
  }
}

/** The steps of `npm run check`; `env` is for the tests. */
export async function checks(proof: Proof, env: Record<string, string> = {}): Promise<void> {
  // It has work for every core.
  await check(proof, 'lint', bin('biome'), ['check', '.']);
  const types = check(proof, 'types', bin('tsc'), incremental('types'), { quiet: true });
  await Promise.all([types, renders(proof), jest(proof, 'unit tests and house rules', ['--silent'], { env })]);
}

/** What the test command of a stack needs on this machine. */
const tools: Record<StackName, { tool: string; version: string; env: Record<string, string> }> = {
  go: { tool: 'go', version: 'version', env: { GOTOOLCHAIN: 'auto', GOFLAGS: '' } },
  java: { tool: 'mvn', version: '--version', env: {} },
  python: { tool: 'python3', version: '--version', env: {} },
};

/** The services' own tests, by the commands that the pipeline runs. */
async function testServices(proof: Proof): Promise<void> {
  for (const { name, stack } of services) {
    const { tool, version, env } = tools[stack];
    const [program = '', ...args] = stacks[stack].testCommand;
    const title = `tests of ${name}`;
    if (spawnSync(tool, [version], { stdio: 'ignore' }).error)
      proof.skipped.push(`${title}: ${tool} is missing on this machine; install it to run them`);
    else await check(proof, title, program, args, { cwd: join(repository, 'services', name), env, quiet: true });
  }
}

/** The steps of `scripts/test`. They run in parallel: the services' tests wait for packages and processes, which leaves the processor to the checks. */
export const withoutPlatform = async (proof: Proof): Promise<void> => {
  await Promise.all([checks(proof, { FUZZ_SECONDS: process.env.FUZZ_SECONDS ?? '5' }), testServices(proof)]);
};
