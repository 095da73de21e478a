/** Generates docs/guarantees.md: one row per promise, with its test, the test's file, and its last recorded outcome. */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { command } from '../local/command.ts';
import type { Result } from './outcome.ts';
import { type Promised, promises } from './promises.ts';
import { fileOf } from './test-titles.ts';

export type Ended = { status: 'passed' | 'failed'; date: string; commit: string };

/** `e2e/record.json`: the last run of each story, and of each test of a promise that needs the engines. */
export type Recorded = {
  stories: Record<string, Ended & { seconds: number }>;
  tests: Record<string, Ended>;
};

const file = (folder: string) => join(folder, 'e2e/record.json');
export const readRecord = (folder: string): Recorded =>
  existsSync(file(folder)) ? JSON.parse(readFileSync(file(folder), 'utf8')) : { stories: {}, tests: {} };
export const writeRecord = (folder: string, { stories, tests }: Recorded): void => {
  // Sorted, so that entries without a new run keep their lines.
  const sorted = <T>(record: Record<string, T>) => Object.fromEntries(Object.entries(record).sort());
  writeFileSync(file(folder), `${JSON.stringify({ stories: sorted(stories), tests: sorted(tests) }, null, 2)}\n`);
};

/** A parameterised test has `%s`, `%j` or a `$name` in its title, which matches the name of any case. */
const pattern = (title: string) =>
  new RegExp(
    `^${title
      .split(/%[sj]|\$\w+/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.+')}$`,
  );

/** The outcome of the test with this title: passed if all of its cases passed; undefined if none ran. */
export function ended(title: string, results: readonly Result[]): Ended['status'] | undefined {
  const found = results.filter((result) => pattern(title).test(result.title));
  if (found.length === 0) return undefined;
  return found.every(({ status }) => status === 'passed') ? 'passed' : 'failed';
}

const needsEngines = (path: string) => /\.(engine|e2e)\.test\.ts$/.test(path);
/** Tried by `scripts/test` for seconds, and by the story of that name with as many inputs as a record is worth. */
const isFuzzer = (path: string) => /\.fuzz\.test\.ts$/.test(path);

/** Where tests are, and the suites that several of them run. */
export const testFiles = (folder: string): string[] =>
  globSync('**/*.{test,testing}.ts', { cwd: folder, exclude: ['**/node_modules', 'services'] });

/** The text of the document. `fileOf` finds the file of a test by its title. */
export function guarantees(promises: readonly Promised[], fileOf: (title: string) => string, record: Recorded): string {
  const rows = promises.map(({ number = '', promise, test }) => {
    const path = fileOf(test);
    const last = record.tests[test];
    const recorded = last ? `${last.status} ${last.date} (${last.commit})` : 'not recorded yet';
    const always = 'at every `scripts/test`';
    const how = isFuzzer(path) ? `${always}; of 10,000 inputs ${recorded}` : needsEngines(path) ? recorded : always;
    return `| ${number} | ${promise} | \`${path}\`: ${test} | ${how} |`;
  });
  return `# Guarantees

What the platform promises, and the test that proves each promise. This file is generated from \`scripts/promises.ts\` and from the reports
of \`scripts/e2e --record\`; a test checks that it is current. Numbers are those of the design's list of guarantees, of which each has a
test here.

| | promise | test | last result |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** The document of this repository, from its tests and its record. Throws a UserError that names every promise without its test. */
export function currentGuarantees(folder: string): string {
  const files = testFiles(folder);
  const found = new Map<string, string>();
  const faults: string[] = [];
  for (const { test } of promises)
    try {
      found.set(test, fileOf(test, files, folder));
    } catch (error) {
      faults.push(`scripts/promises.ts: ${(error as Error).message}; correct the title there`);
    }
  if (faults.length > 0) throw new UserError(faults);
  return guarantees(promises, (title) => found.get(title) as string, readRecord(folder));
}

export const guaranteesFile = 'docs/guarantees.md';
export const writeGuarantees = (folder: string): void =>
  writeFileSync(join(folder, guaranteesFile), currentGuarantees(folder));

if (import.meta.main)
  await command(
    'npm run guarantees: writes docs/guarantees.md from scripts/promises.ts and e2e/record.json',
    [],
    async () => writeGuarantees(process.cwd()),
  );
