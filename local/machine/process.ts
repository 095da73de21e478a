import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../../lib/errors.ts';

/** Arguments that a command does not take: told with how it is used. */
export class UsageError extends UserError {
  constructor(message: string) {
    super(message, 2);
  }
}
export { UserError };

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
  /** Output goes here instead of into the result. */
  log?: string;
  timeout?: number;
}

/** Runs a program to its end and gives its standard output. A failure names the program, its exit status and its last words. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const env = { ...process.env, ...options.env };
  if (options.log) {
    mkdirSync(dirname(options.log), { recursive: true });
    const out = openSync(options.log, 'a');
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: options.cwd, env, stdio: ['ignore', out, out] });
      child.on('error', reject);
      child.on('close', (code) =>
        code === 0
          ? resolve('')
          : reject(new Error(`${command} ended with ${code}; see ${options.log}\n${tail(options.log as string)}`)),
      );
    });
  }
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { cwd: options.cwd, env, maxBuffer: 1 << 28, timeout: options.timeout ?? 0 },
      (error, stdout, stderr) =>
        error
          ? reject(new Error(`${command} ${args.join(' ').slice(0, 200)}: ${lastLines(stderr || error.message)}`))
          : resolve(stdout),
    );
    if (options.input !== undefined) child.stdin?.on('error', () => undefined).end(options.input);
  });
}

const lastLines = (text: string, lines = 8) => text.trimEnd().split('\n').slice(-lines).join('\n');
export const tail = (file: string) => (existsSync(file) ? lastLines(readFileSync(file, 'utf8')) : '');

/** Writes a file so that a reader sees the old or the new content, never half of it. */
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
 * Tries until it gives something, for `seconds` at most.
 * @throws what the last try threw, with `what` before it
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
