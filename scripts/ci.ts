/**
 * The program of .ci/run, for a clean checkout: scripts/test, the core story, then as many other stories as there is time for, starting with those whose
 * sources changed since they were recorded. Names the stories that it leaves out. Takes the platform down at the end, also where something fails or a
 * signal asks it to end.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { core, stories } from '../e2e/stories.ts';
import { engineNames, isBuilt } from '../local/engines/engines.ts';
import { alone } from '../local/machine/lock.ts';
import { repository } from '../local/topology.ts';
import { storesByDefault } from '../overlays/sites/local.ts';
import { withoutPlatform } from './checks.ts';
import { readRecord } from './guarantees.ts';
import { estimate, order, speedOf } from './plan.ts';
import { conclude, newProof, run, untilSignal } from './proof.ts';
import { platformUp, type Ran, runStory, storyLock } from './stories.ts';

const begin = Date.now();
const passed = () => (Date.now() - begin) / 1000;
// CI kills a run after 90 minutes without a message; with built engines half of that is enough.
const built = engineNames({ stores: storesByDefault, monitoring: true }).every(isBuilt);
const limit = (built ? 43 : 80) * 60;

const changedSince = (commit: string): string[] | undefined => {
  const { status, stdout } = spawnSync('git', ['diff', '--name-only', commit, 'HEAD'], {
    cwd: repository,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.split('\n').filter(Boolean) : undefined;
};

const stop = untilSignal();
const proof = newProof(stop);
await withoutPlatform(proof);
await alone(async () => {
  try {
    if (await platformUp(proof)) await runStories();
    else proof.failed.push('up');
  } finally {
    if (!(await run('down', join(repository, 'scripts/down'), []))) proof.failed.push('down');
  }
}, storyLock);
conclude(proof);

async function runStories(): Promise<void> {
  const record = readRecord(repository);
  const ran: Ran[] = [];
  const all = order(stories, core, record, changedSince);
  for (const { story, why } of all) {
    if (stop.aborted) break;
    const needed = estimate(story.name, record, speedOf(ran, record));
    if (story.name !== core && passed() + needed > limit) {
      proof.skipped.push(
        `story ${story.name} (${why}): about ${Math.ceil(needed / 60)} min, and ${Math.max(0, Math.floor((limit - passed()) / 60))} are left`,
      );
      continue;
    }
    console.log(`\n== story ${story.name}: ${why}`);
    ran.push(await runStory(proof, story));
  }
  for (const { name, seconds, ok } of ran) console.log(`story ${name}: ${ok ? 'passed' : 'FAILED'} in ${seconds} s`);
}
