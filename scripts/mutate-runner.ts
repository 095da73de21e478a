import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Block, declared, type Result, run } from './mutate-globals.ts';

/**
 * A runner for StrykerJS that loads tests and code anew for each mutant, and packages once for all: a mutant takes milliseconds where a
 * run of jest takes seconds. Time is counted in ticks and CPU time, because a clock also counts what a busy machine does beside it.
 */

/** What StrykerJS asks and is answered, as far as it is used here. */
type Options = { mutation: { tests: string[]; folder: string } };
type DryRun = { coverageAnalysis: 'off' | 'all' | 'perTest' };
type MutantRun = {
  activeMutant: { id: string };
  testFilter?: string[];
  hitLimit?: number;
  mutantActivation: 'static' | 'runtime';
};
/** What instrumented code reads and counts. */
type Instrumented = {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: object;
};
const instrumented: Instrumented = {};
/** By which programs that a test starts learn which mutant they are. */
const variable = '__STRYKER_ACTIVE_MUTANT__';

/** A step of a test may take so much of the processor, and so many ticks, in which this process ran or could have; or ten times what is usual. */
const [cpuMs, tickMs, leastTicks, patience] = [20_000, 100, 80, 10];
let ticks = 0;

let generation = 0;
const globals = new URL('./mutate-globals.ts', import.meta.url).href;
const ours = (url: string) => /^file:(?!.*\/node_modules\/).*\.ts(?:\?[\d.]+)?$/.test(url);
function loadAnew(): void {
  const stripped = new Map<string, string>();
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === '@jest/globals') return { url: globals, shortCircuit: true };
      const found = next(specifier, context);
      if (!ours(found.url) || generation === 0) return found;
      // A test that starts a program in its own process names each start, `program.ts?3`, so that it is loaded again.
      const [, path, , start] = /^([^?]*)(\?(?:\d+\.)?(\d+))?$/.exec(found.url) ?? [];
      const own = specifier.includes('?') && start !== undefined ? `.${start}` : '';
      return { ...found, url: `${path}?${generation}${own}` };
    },
    load(url, context, next) {
      if (!ours(url) || !url.includes('?')) return next(url, context);
      const file = fileURLToPath(url);
      const source = stripped.get(file) ?? stripTypeScriptTypes(readFileSync(file, 'utf8'));
      stripped.set(file, source);
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

/** Ends this process when a step loops without end; the next process finds a note on it. */
const watchdog = `
const { workerData: { shared, folder, cpuMs } } = require('node:worker_threads');
let [seen, from] = [-1, 0];
setInterval(() => {
  const { user, system } = process.cpuUsage();
  const used = (user + system) / 1000;
  const step = Atomics.load(shared, 0);
  if (step !== seen) [seen, from] = [step, used];
  else if (used - from > cpuMs) {
    require('node:fs').writeFileSync(folder + '/hung-' + Atomics.load(shared, 1), cpuMs + ' ms of CPU time');
    process.kill(process.pid, 'SIGKILL');
  }
}, 500);`;

class Hung extends Error {}

class Runner {
  static inject = ['options'] as const;
  private readonly tests: string[];
  private readonly folder: string;
  /** The number of the step, and the mutant. */
  private readonly shared = new Int32Array(new SharedArrayBuffer(8));
  private fail: ((fault: Error) => void) | undefined;
  /** Ticks of each test without a mutant. */
  private usual: Record<string, number> = {};

  constructor({ mutation: { tests, folder } }: Options) {
    this.tests = tests
      .flatMap((pattern) => globSync(pattern))
      .filter((file) => !/\.(?:engine|e2e)\.test\.ts$/.test(file))
      .sort();
    this.folder = folder;
    Object.assign(globalThis, { __stryker__: instrumented });
    loadAnew();
    setInterval(() => ticks++, tickMs).unref();
    new Worker(watchdog, { eval: true, workerData: { shared: this.shared, folder, cpuMs } }).unref();
    for (const event of ['uncaughtException', 'unhandledRejection'])
      process.on(event, (fault) => this.fail?.(asError(fault)));
    process.exit = ((status) => {
      throw new Error(`process.exit(${status})`);
    }) as typeof process.exit;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun({ coverageAnalysis }: DryRun) {
    instrumented.mutantCoverage = { static: {}, perTest: {} };
    Atomics.store(this.shared, 1, -1);
    const tests: object[] = [];
    await this.all({
      wanted: () => true,
      loaded: () => {},
      end: ({ id, fault }, spent) => {
        this.usual[id] = spent;
        tests.push({
          ...{ id, name: id, timeSpentMs: spent * tickMs, status: fault ? 1 : 0 },
          ...(fault ? { failureMessage: fault.stack ?? fault.message } : {}),
        });
      },
    });
    writeFileSync(join(this.folder, 'usual.json'), JSON.stringify(this.usual));
    const { mutantCoverage } = instrumented;
    return { status: 'complete', tests, ...(coverageAnalysis === 'off' ? {} : { mutantCoverage }) };
  }

  async mutantRun({ activeMutant: { id }, testFilter, hitLimit, mutantActivation }: MutantRun) {
    const hung = join(this.folder, `hung-${id}`);
    if (existsSync(hung)) return { status: 'timeout', reason: readFileSync(hung, 'utf8') };
    Atomics.store(this.shared, 1, Number(id));
    this.usual = JSON.parse(readFileSync(join(this.folder, 'usual.json'), 'utf8'));
    const activate = () => {
      Object.assign(instrumented, { activeMutant: id, hitCount: hitLimit && 0, hitLimit });
      process.env[variable] = id;
    };
    if (mutantActivation === 'static') activate();
    let first: Result | undefined;
    let nrOfTests = 0;
    await this.all({
      wanted: (test) => !first && (testFilter?.includes(test) ?? true),
      loaded: activate,
      end: (result) => {
        nrOfTests++;
        if (result.fault) first ??= result;
      },
    });
    const looped = hitLimit !== undefined && (instrumented.hitCount ?? 0) > hitLimit;
    Object.assign(instrumented, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    delete process.env[variable];
    if (looped) return { status: 'timeout', reason: 'a loop without end' };
    // What is left of the step may go on for ever, so the process ends with it.
    if (first?.fault instanceof Hung) {
      writeFileSync(hung, first.fault.message);
      process.kill(process.pid, 'SIGKILL');
    }
    if (!first) return { status: 'survived', nrOfTests };
    return { status: 'killed', killedBy: [first.id], failureMessage: first.fault?.message ?? '', nrOfTests };
  }

  private async all(by: {
    wanted: (id: string) => boolean;
    loaded: () => void;
    end: (result: Result, spent: number) => void;
  }): Promise<void> {
    generation++;
    const blocks: Block[] = [];
    try {
      for (const file of this.tests) blocks.push(await declared(file, () => import(pathToFileURL(resolve(file)).href)));
    } catch (fault) {
      // No test of code that cannot be loaded passes.
      by.end({ id: this.tests[0] ?? 'no test', fault: asError(fault) }, 0);
      return;
    }
    by.loaded();
    let began = ticks;
    for (const block of blocks)
      await run(block, {
        wanted: by.wanted,
        guard: (step) => this.guard(step),
        begin: (id) => {
          instrumented.currentTestId = id;
          began = ticks;
        },
        end: (result) => {
          instrumented.currentTestId = undefined;
          by.end(result, ticks - began);
        },
      });
    process.exitCode = 0;
  }

  /** The fault of a step that throws, or of what it left behind and that fails while it runs; Hung if it never ends. */
  private async guard(step: () => unknown): Promise<Error | undefined> {
    Atomics.add(this.shared, 0, 1);
    const usual = this.usual[instrumented.currentTestId ?? ''];
    const most = usual === undefined ? 10 * leastTicks : Math.max(leastTicks, patience * usual);
    const end = ticks + most;
    let waiting: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        (async () => step())(),
        new Promise((_, reject) => {
          this.fail = reject;
          waiting = setInterval(() => ticks > end && reject(new Hung(`${most * tickMs} ms without an end`)), tickMs);
        }),
      ]);
      return undefined;
    } catch (fault) {
      return asError(fault);
    } finally {
      clearInterval(waiting);
      this.fail = undefined;
    }
  }
}
const asError = (fault: unknown) => (fault instanceof Error ? fault : new Error(String(fault)));

/** How StrykerJS finds it. */
export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', injectableClass: Runner }];
