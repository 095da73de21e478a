import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../local/command.ts';
import { binary } from '../local/engines.ts';
import { repository } from '../local/paths.ts';

const bin = (name: string) => join(repository, 'node_modules/.bin', name);
const results = mkdtempSync(join(tmpdir(), 'test-'));
let passed = 0;
let failed = 0;

function step(
  name: string,
  program: string,
  args: string[],
  env: Record<string, string> = {},
  cwd = repository,
): boolean {
  const begin = Date.now();
  console.log(`\n== ${name}`);
  const { status } = spawnSync(program, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${join(repository, 'node_modules/.bin')}:${process.env.PATH}`, ...env },
  });
  console.log(`== ${name}: ${status === 0 ? 'passed' : 'failed'} in ${((Date.now() - begin) / 1000).toFixed(0)} s`);
  return status === 0;
}

function count(ok: boolean): void {
  if (ok) passed++;
  else failed++;
}

/** A jest run whose tests count one by one; a run that ends without a report counts as one failure. */
function jest(name: string, pattern: string, ignored: string, env: Record<string, string> = {}): void {
  const report = join(results, `${name}.json`);
  const ok = step(
    name,
    process.execPath,
    [
      ...[
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        bin('jest'),
        '--json',
        `--outputFile=${report}`,
        '--testLocationInResults=false',
      ],
      ...[`--testMatch=${pattern}`, `--testPathIgnorePatterns=${ignored}`, '--runInBand', '--forceExit'],
    ],
    env,
  );
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    passed += numPassedTests;
    failed += numFailedTests + numRuntimeErrorTestSuites;
    if (!ok && numFailedTests + numRuntimeErrorTestSuites === 0) failed++;
  } catch {
    failed++;
  }
}

const skipped = '/node_modules/|/dist/|/services/';

await command(
  `
scripts/test [--quick]: does all the set-up and runs every test, at three speeds: checks in seconds, parts against their real engines, the whole
loop on the embedded platform (which it starts, kills, starts again and takes down; the forge keeps its repositories)

  --quick   only the checks that need no engine

exit status: 0 all passed, 1 something failed
`,
  ['--quick'],
  async (given) => {
    count(step('lint', bin('biome'), ['check', '.']));
    count(step('types', bin('tsc'), []));
    count(step('rendered is current', process.execPath, ['main.ts', '--check']));
    jest('unit', '**/*.test.ts', `${skipped}|\\.engine\\.test\\.ts$|\\.e2e\\.test\\.ts$`);
    if (!given.has('--quick')) {
      count(
        step(
          'ticket',
          'go',
          ['test', './...'],
          { GOTOOLCHAIN: 'auto', GOFLAGS: '' },
          join(repository, 'services/ticket'),
        ),
      );
      if (step('up', join(repository, 'scripts/up'), [])) {
        passed++;
        jest('engine', '**/*.engine.test.ts', skipped, {
          GITEA_BIN: binary('forge', 'gitea'),
          KUSTOMIZE_BIN: binary('tools', 'kustomize'),
        });
        jest('e2e', '**/*.e2e.test.ts', skipped);
      } else failed++;
      count(step('down', join(repository, 'scripts/down'), []));
    }
    rmSync(results, { recursive: true });
    console.log(`\n${passed} passed, ${failed} failed`);
    if (failed > 0) process.exitCode = 1;
  },
);
