/** Runs and counts checks and tests, for scripts/check.ts, test.ts, e2e.ts and ci.ts. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { repository } from '../local/topology.ts';
import { outcome, type Result } from './outcome.ts';

/** The results so far. A skipped test counts as neither passed nor failed, and is named. */
export type Proof = {
  passed: number;
  failed: string[];
  skipped: string[];
  results: Result[];
  /** Ends the program that runs, and starts no other. */
  stop?: AbortSignal | undefined;
};

export const newProof = (stop?: AbortSignal): Proof => ({ passed: 0, failed: [], skipped: [], results: [], stop });

/** Aborted by a signal that asks the process to end. Without it the program that runs would go on alone. */
export function untilSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
  return stop.signal;
}

export type RunOptions = {
  cwd?: string;
  env?: Record<string, string>;
  /** Buffers the output and shows it only after a failure, for programs that run in parallel. */
  quiet?: boolean;
  /** Runs at a low priority and shows the output at the end, for what runs beside a program that shows its own. */
  beside?: boolean | undefined;
  stop?: AbortSignal | undefined;
};

export const bin = (name: string) => join(repository, 'node_modules/.bin', name);

/** Runs a program and prints its duration. Returns whether it ended with status 0. */
export async function run(name: string, program: string, args: string[], options: RunOptions = {}): Promise<boolean> {
  const { cwd = repository, env = {}, quiet = false, beside = false, stop } = options;
  const buffered = quiet || beside;
  if (stop?.aborted) return false;
  const begin = Date.now();
  if (!buffered) console.log(`\n== ${name}`);
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', buffered ? 'pipe' : 'inherit', buffered ? 'pipe' : 'inherit'],
    env: {
      ...process.env,
      // Never a real Slack: the tests make many runs fail.
      SLACK_WEBHOOK_URL: '',
      PATH: `${join(repository, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
      ...env,
    },
  });
  if (beside && child.pid !== undefined) setPriority(child.pid, Math.max(getPriority(), 10));
  const kill = () => child.kill();
  stop?.addEventListener('abort', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  const status = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'no status'));
    // A program that it left behind may hold its output open.
    child.on('exit', () =>
      setTimeout(() => [child.stdout, child.stderr].map((stream) => stream?.destroy()), 1000).unref(),
    );
  });
  stop?.removeEventListener('abort', kill);
  if (beside) process.stdout.write(`\n== ${name}\n${output}`);
  else if (status !== 0) process.stdout.write(output);
  const end = status === 0 ? 'passed' : `failed (${typeof status === 'number' ? `exit status ${status}` : status})`;
  console.log(`== ${name}: ${end} in ${((Date.now() - begin) / 1000).toFixed(0)} s`);
  return status === 0;
}

/** Runs a program that counts as one test. */
export async function check(
  proof: Proof,
  name: string,
  program: string,
  args: string[],
  options: RunOptions = {},
): Promise<boolean> {
  const ok = await run(name, program, args, { stop: proof.stop, ...options });
  if (ok) proof.passed++;
  else proof.failed.push(name);
  return ok;
}

/** Runs jest; its tests count one by one. */
export async function jest(
  proof: Proof,
  name: string,
  args: string[],
  options: Pick<RunOptions, 'env' | 'beside'> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jest-'));
  try {
    const file = join(folder, 'report.json');
    const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const report = ['--json', `--outputFile=${file}`, '--testLocationInResults=false'];
    const program = [...node, bin('jest'), ...report, ...args];
    const ok = await run(name, process.execPath, program, {
      ...options,
      env: { ...options.env, JEST_FOLDER: folder },
      stop: proof.stop,
    });
    const found = outcome(name, ok, existsSync(file) ? readFileSync(file, 'utf8') : '', repository);
    proof.passed += found.passed;
    proof.failed.push(...found.failures);
    proof.skipped.push(...found.notRun);
    proof.results.push(...found.ran);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Adds the results of what had a proof of its own. */
export function add(proof: Proof, { passed, failed, skipped, results }: Proof): void {
  proof.passed += passed;
  proof.failed.push(...failed);
  proof.skipped.push(...skipped);
  proof.results.push(...results);
}

/** Prints the summary: failures are listed at the end, because their output is far above by then. */
export function conclude({ passed, failed, skipped }: Proof): void {
  if (skipped.length > 0) console.log(`\nnot run:\n${skipped.map((what) => `  ${what}`).join('\n')}`);
  if (failed.length > 0) console.log(`\nfailed:\n${failed.map((what) => `  ${what}`).join('\n')}`);
  console.log(`\n${passed} passed, ${failed.length} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
  if (failed.length > 0) process.exitCode = 1;
}
