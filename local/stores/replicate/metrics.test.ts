import { expect, test } from '@jest/globals';
import { lagMetrics } from './metrics.ts';
import { lagNames } from './settings.ts';

test('what is known is a number of seconds, and what is not is reported without one', () => {
  const text = lagMetrics({ behind: { [lagNames.postgres]: 0.4, [lagNames.s3]: null } });
  expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'replication_lag_seconds{store="postgresql"} 0.4',
    'replication_known{store="postgresql"} 1',
    'replication_known{store="s3 (stand-in for replication)"} 0',
    '',
  ]);
});
