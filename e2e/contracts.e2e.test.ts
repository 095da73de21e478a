/** Every gate stops what it is for, of every service: the rendered Tasks run over commits that are pushed for it, without a release. */
import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { resultOf, taskName } from '../lib/kube/objects.ts';
import { deleteRun, failedTasks, logOf, runTasks } from './cluster.ts';
import { type Contract, contracts, pushedContracts } from './contracts.ts';
import { deleteBranch, pushBranch } from './forge.ts';
import { bringUp, sideBySide, upMs } from './platform.ts';

/** Story gates pushes the others, and looks at the same and more. */
const alone = contracts.filter((contract) => !pushedContracts.includes(contract));

type Outcome = { failed: (string | undefined)[]; reason: string; log: string };

/** Runs a gate, with what it needs, over a commit that it must stop. */
async function outcomeOf({ gate, service, change, log }: Contract): Promise<Outcome> {
  const branch = `contract-${randomBytes(4).toString('hex')}`;
  try {
    const run = await runTasks(service, await pushBranch(service, branch, change), [gate]);
    const failed = await failedTasks(run);
    const outcome = {
      failed: failed.map(taskName),
      reason: resultOf(failed[0], 'reason') ?? '',
      log: log ? await logOf(failed[0], 'build') : '',
    };
    await deleteRun(run.metadata.name, '--wait=false');
    return outcome;
  } finally {
    await deleteBranch(service, branch);
  }
}

/** All of them begin here, some at a time, and each test waits for its own. */
let outcomes: Promise<Outcome>[] = [];
beforeAll(async () => {
  await bringUp();
  outcomes = sideBySide(
    4,
    alone.map((contract) => () => outcomeOf(contract)),
  );
}, upMs);

test.each(alone.map((contract, index) => ({ ...contract, index })))(
  '$gate stops $fault of $service',
  async ({ gate, reason = /^/, log = /^/, index }) => {
    const outcome = await (outcomes[index] as Promise<Outcome>);
    expect(outcome.failed).toEqual([gate]);
    expect(outcome.reason).toMatch(reason);
    expect(outcome.log).toMatch(log);
  },
  480_000,
);
