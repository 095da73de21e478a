/** Runs stories of e2e/ against the embedded platform. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Story } from '../e2e/stories.ts';
import { binary } from '../local/engines/engines.ts';
import { repository } from '../local/topology.ts';
import { type Ended, ended, type Recorded, readRecord, writeGuarantees, writeRecord } from './guarantees.ts';
import type { Result } from './outcome.ts';
import { promises } from './promises.ts';
import { add, jest, newProof, type Proof, run } from './proof.ts';

/** `beside`: it ran beside others at a low priority, so its seconds are not those that it needs. */
export type Ran = { name: string; seconds: number; results: Result[]; ok: boolean; beside?: boolean | undefined };

/** One run of stories at a time, here or in CI: stories change what others observe. */
export const storyLock = '\0gitops-platform-e2e';

export const platformUp = ({ stop }: Proof) => run('up', join(repository, 'scripts/up'), [], { stop });

/** `beside`: at a low priority, with its output at the end. */
export async function runStory(
  proof: Proof,
  { name, match = `**/e2e/${name}.e2e.test.ts` }: Story,
  { beside }: { beside?: boolean } = {},
): Promise<Ran> {
  const begin = Date.now();
  const own = newProof(proof.stop);
  await jest(
    own,
    `story ${name}`,
    [
      ...[
        `--testMatch=${match}`,
        '--testPathIgnorePatterns=/node_modules/|/dist/|/services/',
        '--runInBand',
        '--forceExit',
      ],
      ...['--verbose=false', '--reporters=default', `--reporters=${join(repository, 'e2e/reporter.ts')}`],
    ],
    {
      beside,
      env: {
        ...{ GITEA_BIN: binary('forge', 'gitea'), KUSTOMIZE_BIN: binary('tools', 'kustomize') },
        // Of each kind, and not for some seconds as scripts/test.
        FUZZ_INPUTS: '10000',
        DR_SCENARIOS: 'all',
      },
    },
  );
  add(proof, own);
  const seconds = Math.round((Date.now() - begin) / 1000);
  return { name, seconds, results: own.results, ok: own.failed.length === 0, beside };
}

/** The record after these stories; entries of others are kept. */
export function recorded(record: Recorded, ran: readonly Ran[], when: Omit<Ended, 'status'>): Recorded {
  const stories = ran.map(
    ({ name, seconds, ok, beside }) =>
      [
        name,
        {
          status: ok ? 'passed' : 'failed',
          ...when,
          seconds: (beside && record.stories[name]?.seconds) || seconds,
        },
      ] as const,
  );
  const tests = promises.flatMap(({ test }) => {
    const status = ended(
      test,
      ran.flatMap(({ results }) => results),
    );
    return status ? [[test, { status, ...when }] as const] : [];
  });
  return {
    stories: { ...record.stories, ...Object.fromEntries(stories) },
    tests: { ...record.tests, ...Object.fromEntries(tests) },
  };
}

/** Writes e2e/record.json and docs/guarantees.md. */
export function writeDown(ran: readonly Ran[]): void {
  const { stdout } = spawnSync('git', ['rev-parse', '--short=7', 'HEAD'], { cwd: repository, encoding: 'utf8' });
  const when = { date: new Date().toISOString().slice(0, 10), commit: stdout.trim() };
  writeRecord(repository, recorded(readRecord(repository), ran, when));
  writeGuarantees(repository);
}
