import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import { bundleProgram } from './bundle.ts';

export type Ended = { status: number | null; out: string; err: string };
type Start = (
  env: Record<string, string | undefined>,
  ...args: string[]
) => { child: ChildProcess; ended: Promise<Ended> };

/** Which change of scripts/mutate.ts is in effect, if any. */
const mutant = { __STRYKER_ACTIVE_MUTANT__: process.env.__STRYKER_ACTIVE_MUTANT__ };

/**
 * Starts a program in a process of its own, bundled once for the tests of a file: as its image holds it, and in a fifth of the time that
 * Node.js takes to load it file by file. No process outlives its test.
 */
export function programOf(entryPoint: string, cwd = () => '.'): Start {
  let folder: string;
  let running: ChildProcess[] = [];
  const bundle = () => join(folder, 'program.mjs');
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'program-'));
    await bundleProgram(entryPoint, bundle());
  });
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running = [];
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return (env, ...args) => {
    // What the first start compiles, the others do not compile again.
    const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
    const child = spawn(process.execPath, [bundle(), ...args], { cwd: cwd(), env: { ...compiled, ...mutant, ...env } });
    running.push(child);
    const ended = new Promise<Ended>((resolve) => {
      let [out, err] = ['', ''];
      child.stdout.on('data', (text) => {
        out += text;
      });
      child.stderr.on('data', (text) => {
        err += text;
      });
      child.on('close', (status) => resolve({ status, out, err }));
    });
    return { child, ended };
  };
}

/** Runs what a program does in the process of the test, with this environment: for those of many tests, because a process takes its time. */
export async function runHere(run: () => Promise<void>, env: Record<string, string | undefined>): Promise<Ended> {
  let [out, err] = ['', ''];
  const { env: before } = process;
  const output = [
    jest.spyOn(console, 'log').mockImplementation((line: string) => {
      out += `${line}\n`;
    }),
    jest.spyOn(console, 'error').mockImplementation((line: string) => {
      err += `${line}\n`;
    }),
  ];
  process.env = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  process.exitCode = 0;
  try {
    await run();
    return { status: Number(process.exitCode), out, err };
  } finally {
    process.exitCode = 0;
    process.env = before;
    for (const spy of output) spy.mockRestore();
  }
}

/** The same start of a program in the process of the test, where the end of a process is not what is asked. */
export function programHere(entryPoint: string) {
  let starts = 0;
  return (env: Record<string, string | undefined>, ...args: string[]): { ended: Promise<Ended> } => {
    const run = async () => {
      const { argv } = process;
      process.argv = [process.execPath, entryPoint, ...args];
      try {
        // Another address, so that what runs when it is loaded runs again.
        await import(`../${entryPoint}?${starts++}`);
      } finally {
        process.argv = argv;
      }
    };
    return { ended: runHere(run, { ...mutant, ...env }) };
  };
}
