import type { TestCaseResult } from '@jest/test-result';

/** Reports each test when it has ended, and not all of them an hour later: a run that is cut off has reported how far it came, and why it failed. */
export default class {
  onTestCaseResult(_: unknown, { title, status, duration, failureMessages }: TestCaseResult): void {
    const seconds = duration ? ` in ${Math.round(duration / 1000)} s` : '';
    const how = status === 'failed' ? 'FAILED' : status;
    // By way of stderr, as jest's own: what its default reporter has of stdout in its buffer at the end is lost.
    console.error(`${new Date().toISOString().slice(11, 19)}  ${how}${seconds}: ${title}`);
    for (const message of failureMessages) console.error(message);
  }
}
