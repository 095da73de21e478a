import { relative } from 'node:path';

/** One test of jest's JSON report; its file is relative to the repository. */
export type Result = { file: string; title: string; status: string };

/** The outcome of a jest run. */
export type Outcome = {
  passed: number;
  /** A test with its file, a file whose tests did not start, or the run itself. */
  failures: string[];
  /** Titles of the tests that were skipped. */
  notRun: string[];
  ran: Result[];
};

/**
 * Reads jest's JSON report; paths are relative to `folder`. A run that failed or left no report has at least one failure.
 * @param name of the run
 * @param ok whether it ended with status 0
 */
export function outcome(name: string, ok: boolean, report: string, folder: string): Outcome {
  const found: Outcome = { passed: 0, failures: [], notRun: [], ran: [] };
  let files: { name: string; status: string; assertionResults: { title: string; status: string }[] }[] | undefined;
  try {
    files = JSON.parse(report).testResults;
  } catch {}
  for (const { name: path, status: end, assertionResults } of files ?? []) {
    const file = relative(folder, path);
    for (const { title, status } of assertionResults) {
      if (status === 'pending') found.notRun.push(title);
      else found.ran.push({ file, title, status });
      if (status === 'passed') found.passed++;
      if (status === 'failed') found.failures.push(`${file}: ${title}`);
    }
    if (end === 'failed' && !assertionResults.some(({ status }) => status === 'failed')) found.failures.push(file);
  }
  if ((!ok || files === undefined) && found.failures.length === 0) found.failures.push(name);
  return found;
}
