import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, matchesGlob } from 'node:path';

/**
 * Mutation tests: StrykerJS changes the code in one place at a time, and a change that no test notices survives. Tests are named for
 * each area, because most of the code has the tests of the whole platform as distant relatives.
 */
type Area = {
  mutate: string[];
  tests: string[];
  /** Programs that tests start in processes of their own: each mutant runs all of the test of its file. */
  processes?: true;
};
const code = '!(*.test|*.fake|*.testing).ts';
/** Hostile inputs for seconds would be read again for each mutant. */
const own = '!(*.fuzz).test.ts';
const areas: Record<string, Area> = {
  release: {
    mutate: [`lib/release/${code}`, 'lib/retry.ts', 'lib/errors.ts', 'lib/text.ts'],
    tests: [`lib/release/${own}`, 'lib/retry.test.ts', 'lib/errors.test.ts', 'lib/text.test.ts'],
  },
  image: {
    mutate: [
      `lib/oci/${code}`,
      'lib/copy.ts',
      'lib/plain-file.ts',
      'tasks/kaniko-build/reproducible.ts',
      'tasks/kaniko-build/without-times.ts',
    ],
    tests: [`lib/oci/${own}`, 'lib/copy.test.ts', 'tasks/kaniko-build/*.test.ts'],
  },
  gates: {
    mutate: [
      'tasks/git-clone/bases.ts',
      'tasks/git-clone/dependencies.ts',
      'tasks/git-clone/named-only.ts',
      'tasks/git-clone/otherwise.ts',
      'lib/dockerfile.ts',
      'tasks/kaniko-build/left-behind.ts',
      'tasks/trivy-scan/controls.ts',
      'tasks/trivy-scan/policy.ts',
      'tasks/sonar-scan/coverage.ts',
      'tasks/sonar-scan/gate.ts',
      'tasks/unit-test/explain.ts',
      'lib/quality-gate.ts',
    ],
    tests: [
      'lib/dockerfile.test.ts',
      'tasks/git-clone/bases.test.ts',
      'tasks/git-clone/dependencies.test.ts',
      'tasks/git-clone/named-only.test.ts',
      'tasks/git-clone/otherwise.test.ts',
      'tasks/kaniko-build/left-behind.test.ts',
      'tasks/trivy-scan/controls.test.ts',
      'tasks/trivy-scan/policy.test.ts',
      'tasks/sonar-scan/coverage.test.ts',
      'tasks/sonar-scan/sonar-scan.test.ts',
      'tasks/unit-test/explain.test.ts',
    ],
  },
  programs: {
    mutate: [
      'tasks/release/write-release.ts',
      'tasks/git-clone/read-dockerfile.ts',
      'tasks/image-replicate/confirm-replica.ts',
    ],
    tests: [],
    processes: true,
  },
  scan: {
    mutate: ['tasks/steps/verify-image.ts', 'tasks/trivy-scan/prepare-scan.ts', 'tasks/trivy-scan/judge-report.ts'],
    tests: ['tasks/trivy-scan/trivy-scan.test.ts'],
    processes: true,
  },
  'unit-test': {
    mutate: ['tasks/unit-test/hand-over.ts'],
    tests: ['tasks/unit-test/unit-test.test.ts'],
    processes: true,
  },
  'check-gate': {
    mutate: ['tasks/sonar-scan/check-gate.ts'],
    tests: ['tasks/sonar-scan/sonar-scan.test.ts'],
    processes: true,
  },
  fence: {
    mutate: ['jobs/fence/cluster.ts', 'jobs/fence/decide.ts', 'jobs/fence/hold.ts'],
    tests: ['jobs/fence/fence.test.ts'],
  },
  firewall: {
    mutate: [`firewall/waf-report/${code}`],
    tests: [`firewall/waf-report/${own}`],
  },
  jobs: {
    mutate: [
      'jobs/backfill-replicas/compare-registries.ts',
      'jobs/prune-images/prune.ts',
      'jobs/redeliver-pushes/cluster.ts',
      'jobs/redeliver-pushes/redeliver.ts',
    ],
    tests: ['jobs/*/*.test.ts'],
  },
  steps: { mutate: ['lib/step.ts'], tests: ['lib/step.test.ts'] },
  kube: {
    mutate: [`lib/kube/${code}`],
    // Not those that render the whole platform, which takes seconds a mutant.
    tests: ['lib/kube/*.test.ts', 'charts/{database,nodes,quotas,scheduled-service,web-service}.test.ts'],
  },
  rules: { mutate: ['lib/rules/!(*.test|testing).ts'], tests: ['lib/rules/*.test.ts'] },
  alerts: { mutate: [`alerts/**/${code}`], tests: [`alerts/**/${own}`] },
  notifier: { mutate: [`notifier/${code}`], tests: ['notifier/*.test.ts'] },
};

/** Its 150 packages are not installed with the others. */
const stryker = '@stryker-mutator/core@10.0.0';
const root = dirname(import.meta.dirname);
const cache = join(root, 'node_modules/.cache/stryker');
const bin = join(cache, 'node_modules/@stryker-mutator/core/bin/stryker.js');
const help = `usage: npm run mutate [-- AREA ... | -- FILE]

Mutates the code of each AREA (${Object.keys(areas).join(', ')}; all of them if none is given), or of one FILE of an area
by its own tests, in a copy under ${tmpdir()}, and prints the score and the mutants that survived.

exit status: 0 done, 1 a test fails without any mutation, 2 wrong arguments
`;

const names = process.argv.slice(2);
const areaOf = (name: string) =>
  Object.keys(areas).find((area) => area === name || areas[area]?.mutate.some((glob) => matchesGlob(name, glob)));
const unknown = names.filter((name) => !areaOf(name));
if (names.includes('--help')) console.log(help.trimEnd());
else if (unknown.length > 0) {
  console.error(
    `mutate: arguments: given ${unknown.join(' ')}, allowed ${Object.keys(areas).join(', ')} or a file of one`,
  );
  process.exitCode = 2;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'mutate-'));
  try {
    prepare(folder);
    for (const name of names.length > 0 ? names : Object.keys(areas))
      for (const part of areas[name]?.processes ? areas[name].mutate : [name]) mutate(folder, part);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The tracked files, which StrykerJS changes where they are, with the packages of this repository. */
function prepare(folder: string): void {
  // Tests start programs as other users.
  chmodSync(folder, 0o755);
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  for (const file of files) cpSync(join(root, file), join(folder, file), { force: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  if (existsSync(bin)) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), '{ "private": true }');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', stryker], { cwd: cache, stdio: 'pipe' });
}

function mutate(folder: string, name: string): void {
  const { mutate, tests: all, processes } = areas[areaOf(name) as string] as Area;
  const beside = name.replace(/\.ts$/, '.test.ts');
  // Those that go on where the first one is full, such as applications.fields.test.ts.
  const further = name.replace(/\.ts$/, '.!(fuzz).test.ts');
  const tests = existsSync(join(root, beside)) && !(name in areas) ? [beside, further] : all;
  const notes = mkdtempSync(join(folder, 'hung-'));
  // Neither a slow machine nor one that stands still is a mutant that runs for ever: the runner distinguishes them.
  const never = { timeoutMS: 100 * 3_600_000, dryRunTimeoutMinutes: 100 * 60 };
  const config = {
    ...never,
    testRunner: 'in-process',
    plugins: [join(import.meta.dirname, 'mutate-runner.ts')],
    testRunnerNodeArgs: ['--disable-warning=ExperimentalWarning'],
    mutation: { tests, folder: notes },
    coverageAnalysis: processes ? 'off' : 'perTest',
    // Each mutant leaves the code that it was loaded as.
    maxTestRunnerReuse: 150,
    reporters: ['json'],
    warnings: { unknownOptions: false },
    mutate: name in areas ? mutate : [name],
    concurrency: 2,
    inPlace: true,
    // TypeScript 7 has no API to read one with.
    tsconfigFile: 'none.json',
    disableTypeChecks: false,
  };
  writeFileSync(join(folder, 'stryker.config.json'), JSON.stringify(config));
  // A mutant that writes for ever ends at 4 GiB (in KiB), before the disk does.
  const bounded = ['-c', 'ulimit -f 4194304; exec "$@"', 'bash', process.execPath, bin, 'run'];
  const { status, stdout } = spawnSync('bash', bounded, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: StrykerJS ended with ${status}:\n${stdout.slice(-3_000)}`);
  report(name, JSON.parse(readFileSync(join(folder, 'reports/mutation/mutation.json'), 'utf8')).files);
}

type Mutant = { status: string; mutatorName: string; replacement: string; location: { start: { line: number } } };

function report(name: string, files: Record<string, { source: string; mutants: Mutant[] }>): void {
  let [killed, all] = [0, 0];
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const dead = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout');
    killed += dead.length;
    all += mutants.length;
    console.log(`${file}: ${dead.length} of ${mutants.length} killed`);
    for (const { status, mutatorName, replacement, location } of mutants) {
      if (status === 'Killed') continue;
      const { line } = location.start;
      const change = replacement.replace(/\s+/g, ' ').slice(0, 100);
      const code = source.split('\n')[line - 1]?.trim().slice(0, 100);
      console.log(`  ${status} ${file}:${line} ${mutatorName}: ${code} → ${change}`);
    }
  }
  console.log(`${name}: ${killed} of ${all} mutants killed, ${((100 * killed) / all).toFixed(1)} %\n`);
}
