import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

/** Skips what has not begun by the time E2E_UNTIL (milliseconds since 1970), if that is given: scripts/test tells which those are. */
export default class extends TestEnvironment {
  handleTestEvent(event: Circus.AsyncEvent): void {
    const until = Number(process.env.E2E_UNTIL || Number.POSITIVE_INFINITY);
    if (event.name === 'test_start' && Date.now() > until) event.test.mode = 'skip';
  }
}
