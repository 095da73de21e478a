import type { TestCaseResult } from '@jest/test-result';

const words: Record<string, string> = { passed: 'passed', failed: 'FAILED', pending: 'not run' };

/** Tells each test when it has ended, and not all of them an hour later: what is cut off has then said how far it came, and why it failed. */
export default class {
  onTestCaseResult(_: unknown, { title, status, duration, failureMessages }: TestCaseResult): void {
    const seconds = duration ? ` in ${Math.round(duration / 1000)} s` : '';
    console.log(`${new Date().toISOString().slice(11, 19)}  ${words[status] ?? status}${seconds}: ${title}`);
    for (const message of failureMessages) console.log(message);
  }
}
