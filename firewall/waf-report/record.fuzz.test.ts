import { expect, test } from '@jest/globals';
import { changed, fuzz, fuzzMs } from '../../lib/fuzz.testing.ts';
import { record } from '../records.testing.ts';
import { hitOf } from './record.ts';

test(
  'whatever a record holds, nothing that a caller sent leaves it',
  async () => {
    const good = Buffer.from(record({ counts: [{ ruleId: 'r', action: 'COUNT' }] }));
    const words = ['"', '\\', '},{', '"ruleId":"<!channel>"', '"clientIp":"1.2.3.4.5"', '\u0000', '"uri":"/a/b@c"'];
    const { passed, refused } = await fuzz(
      5,
      (random) => changed(good, random, words),
      (bytes) => {
        const hit = hitOf(bytes.toString('utf8'));
        if (!hit) return false;
        expect(Object.values(hit).join(' ')).toMatch(/^[\w.:-]+ [\w.:-]+ (?:[A-Z]{2}|\?\?) [\w.:/]+ (?:\/[\w./*-]*)?$/);
        return true;
      },
    );
    expect(passed).toBeGreaterThan(5);
    expect(refused).toBeGreaterThan(20);
  },
  fuzzMs,
);
