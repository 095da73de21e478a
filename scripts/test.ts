import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../local/command.ts';
import { binary } from '../local/engines/engines.ts';
import { UsageError } from '../local/machine/process.ts';
import { repository } from '../local/topology.ts';
import { type Result, recorded } from './guarantees.ts';
import { outcome } from './outcome.ts';

const bin = (name: string) => join(repository, 'node_modules/.bin', name);
let results: string;
let passed = 0;
/** Every jest test that ran. */
const ran: Result[] = [];
/** Titles of the tests that would have begun too late. */
const notRun: string[] = [];
/** What failed, for the end: its words are far above by then. */
const failures: string[] = [];

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
    // Never the Slack of a company: the tests make hundreds of runs fail.
    env: {
      ...process.env,
      SLACK_WEBHOOK_URL: '',
      PATH: `${join(repository, 'node_modules/.bin')}:${process.env.PATH}`,
      ...env,
    },
  });
  console.log(`== ${name}: ${status === 0 ? 'passed' : 'failed'} in ${((Date.now() - begin) / 1000).toFixed(0)} s`);
  return status === 0;
}

/** A step that counts as one test. */
function check(...given: Parameters<typeof step>): boolean {
  const ok = step(...given);
  if (ok) passed++;
  else failures.push(given[0]);
  return ok;
}

/** A jest run whose tests count one by one. */
function jest(
  name: string,
  pattern: string,
  ignored: string,
  env: Record<string, string> = {},
  ...options: string[]
): void {
  const file = join(results, `${name}.json`);
  const ok = step(
    name,
    process.execPath,
    [
      ...[
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        bin('jest'),
        '--json',
        `--outputFile=${file}`,
        '--testLocationInResults=false',
      ],
      ...[`--testMatch=${pattern}`, `--testPathIgnorePatterns=${ignored}`, '--runInBand', '--forceExit'],
      ...options,
    ],
    env,
  );
  const report = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const its = outcome(name, ok, report, repository);
  passed += its.passed;
  failures.push(...its.failures);
  notRun.push(...its.notRun);
  ran.push(...its.ran);
}

const skipped = '/node_modules/|/dist/|/services/';

await command(
  `
scripts/test [--quick] [--record]: does all the set-up and runs every test, at three speeds: checks in seconds, parts against their real engines, the whole
loop on the embedded platform (which it starts, kills, starts again and takes down; the forge keeps its repositories)

  --quick    only the checks that need no engine
  --record   writes into docs/guarantees.md how the promises' tests ended

TEST_MINUTES, if set: no test of the whole loop begins later than so many minutes after the start. What is not run then is named, and
counts neither as passed nor as failed. For machines that are slow and a clock that is not.

exit status: 0 all passed, 1 something failed, 2 wrong arguments
`,
  ['--quick', '--record'],
  async (given) => {
    const minutes = process.env.TEST_MINUTES;
    if (minutes && !/^[1-9]\d{0,3}$/.test(minutes))
      throw new UsageError(`TEST_MINUTES: given ${JSON.stringify(minutes)}, allowed 1 to 9999`);
    const begin = Date.now();
    results = mkdtempSync(join(tmpdir(), 'test-'));
    check('lint', bin('biome'), ['check', '.']);
    check('types', bin('tsc'), []);
    check('rendered is current', process.execPath, ['scripts/render.ts', '--check']);
    jest('unit', '**/*.test.ts', `${skipped}|\\.engine\\.test\\.ts$|\\.e2e\\.test\\.ts$`);
    if (!given.has('--quick')) {
      const go = { GOTOOLCHAIN: 'auto', GOFLAGS: '' };
      check('ticket', 'go', ['test', './...'], go, join(repository, 'services/ticket'));
      if (check('up', join(repository, 'scripts/up'), [])) {
        jest('engine', '**/*.engine.test.ts', skipped, {
          GITEA_BIN: binary('forge', 'gitea'),
          KUSTOMIZE_BIN: binary('tools', 'kustomize'),
        });
        const until = minutes ? { E2E_UNTIL: String(begin + Number(minutes) * 60_000) } : {};
        const each = ['--verbose=false', '--reporters=default', `--reporters=${join(repository, 'e2e/reporter.ts')}`];
        jest('e2e', '**/*.e2e.test.ts', skipped, until, ...each);
      }
      check('down', join(repository, 'scripts/down'), []);
    }
    rmSync(results, { recursive: true });
    if (given.has('--record')) {
      const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: repository, encoding: 'utf8' });
      const when = `${new Date().toISOString().slice(0, 10)} (${commit.stdout.trim()})`;
      const table = join(repository, 'docs/guarantees.md');
      writeFileSync(table, recorded(readFileSync(table, 'utf8'), ran, when));
    }
    if (notRun.length > 0)
      console.log(`\nnot run, ${minutes} minutes after the start:\n${notRun.map((title) => `  ${title}`).join('\n')}`);
    if (failures.length > 0) console.log(`\nfailed:\n${failures.map((what) => `  ${what}`).join('\n')}`);
    console.log(`\n${passed} passed, ${failures.length} failed`);
    if (failures.length > 0) process.exitCode = 1;
  },
);
