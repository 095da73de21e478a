import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { execa as Execa, Options } from 'execa';

export type RunOptions = {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
  /** Appends the output to this file instead of returning it. */
  log?: string;
  /** Milliseconds. */
  timeout?: number;
};

/** Runs a program and returns its standard output. A failure names the program, its exit status and the end of its output. */
export const run = (program: string, args: readonly string[], options: RunOptions = {}): Promise<string> =>
  finish(options, (execa, settings) => execa(program, args, settings));

type Word = string | number | readonly string[];
type Words = (words: TemplateStringsArray, ...values: Word[]) => Promise<string>;
/**
 * The same as one would type it, `` $`ip link set ${link} up` ``, or with options: `` $({ cwd })`git add ${file}` ``. A value is one
 * argument, and a list as many as it has.
 */
export function $(words: TemplateStringsArray, ...values: Word[]): Promise<string>;
export function $(options: RunOptions): Words;
export function $(first: TemplateStringsArray | RunOptions, ...values: Word[]): Promise<string> | Words {
  if ('raw' in first) return finish({}, (execa, settings) => execa(settings)(first, ...values));
  return (words, ...values) => finish(first, (execa, settings) => execa(settings)(words, ...values));
}

async function finish(
  { cwd, env, input, log, timeout }: RunOptions,
  start: (execa: typeof Execa, settings: Options) => Promise<{ stdout?: unknown }>,
): Promise<string> {
  // Loaded when a program is run: it has a hundred modules, and most commands and tests run none.
  const { ExecaError, execa } = await import('execa');
  if (log) mkdirSync(dirname(log), { recursive: true });
  try {
    const { stdout } = await start(execa, {
      ...(cwd ? { cwd } : {}),
      ...(env ? { env } : {}),
      ...(timeout ? { timeout } : {}),
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      ...(log ? { stdout: { file: log, append: true }, stderr: { file: log, append: true }, buffer: false } : {}),
      stripFinalNewline: false,
      maxBuffer: 1 << 28,
    });
    return String(stdout ?? '');
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const { command, exitCode, signal, stderr, originalMessage } = error;
    const how = exitCode === undefined ? (signal ?? originalMessage) : `status ${exitCode}`;
    const where = command.slice(0, 200);
    if (log) {
      // A log on a full disk cannot say so itself.
      const full = isFull(log) ? ', no space left on device' : '';
      const end = lastLines(readFileSync(log, 'utf8'));
      throw new Error(`${where}: ended with ${how}${full}; the end of ${log}:\n${end}`);
    }
    throw new Error(`${where}: ${lastLines(String(stderr || '')) || `ended with ${how}`}`);
  }
}

/** Less than a megabyte is left beside a file. */
function isFull(file: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(file));
  return bavail * bsize < 1_000_000;
}

const lastLines = (text: string) => text.trimEnd().split('\n').slice(-8).join('\n');

/** Writes a file atomically. */
export function writeFile(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.part`;
  writeFileSync(part, content, { mode });
  renameSync(part, path);
}

export const sha256 = (...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex');

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Polls until `attempt` returns a value, for at most `seconds`.
 * @throws the last error, prefixed with `what`
 */
export async function until<T>(
  what: string,
  seconds: number,
  attempt: () => Promise<T | undefined | false>,
  pause = 200,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last = 'it did not happen';
  for (;;) {
    try {
      const result = await attempt();
      if (result !== undefined && result !== false) return result as T;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s: ${last}`);
    await sleep(pause);
  }
}
