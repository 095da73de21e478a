/**
 * What .ci/run does, on a clean checkout: scripts/test, then the core story and as many others as there is time for, those first whose sources changed
 * since they were recorded. What is left out is named. Takes the platform down at its end.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { core, stories } from '../e2e/stories.ts';
import { type EngineName, engines, isBuilt } from '../local/engines/engines.ts';
import { repository } from '../local/topology.ts';
import { withoutPlatform } from './checks.ts';
import { readRecord } from './guarantees.ts';
import { estimate, order, speedOf } from './plan.ts';
import { conclude, newProof, run } from './proof.ts';
import { platformUp, type Ran, runStory } from './stories.ts';

const begin = Date.now();
const passed = () => (Date.now() - begin) / 1000;
// A run is ended without a word after 90 minutes; with engines that are built it has no reason to take half of that.
const built = (Object.keys(engines) as EngineName[]).every(isBuilt);
const limit = (built ? 43 : 80) * 60;

const changedSince = (commit: string): string[] | undefined => {
  const { status, stdout } = spawnSync('git', ['diff', '--name-only', commit, 'HEAD'], {
    cwd: repository,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.split('\n').filter(Boolean) : undefined;
};

const proof = newProof();
await withoutPlatform(proof);
if (await platformUp()) {
  const record = readRecord(repository);
  const ran: Ran[] = [];
  for (const { story, why } of order(stories, core, record, changedSince)) {
    const needed = estimate(story.name, record, speedOf(ran, record));
    if (story.name !== core && passed() + needed > limit) {
      proof.skipped.push(
        `story ${story.name} (${why}): about ${Math.ceil(needed / 60)} min, and ${Math.floor((limit - passed()) / 60)} are left`,
      );
      continue;
    }
    console.log(`\n== story ${story.name}: ${why}`);
    ran.push(await runStory(proof, story));
  }
  for (const { name, seconds, ok } of ran) console.log(`story ${name}: ${ok ? 'passed' : 'FAILED'} in ${seconds} s`);
} else proof.failed.push('up');
if (!(await run('down', join(repository, 'scripts/down'), []))) proof.failed.push('down');
conclude(proof);
