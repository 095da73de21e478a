import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { latest, recordWriter, type Writer, writerIn } from './writer.ts';

const folder = temporaryFolder();
const region = (name: string) => {
  mkdirSync(join(folder(), name), { recursive: true });
  return join(folder(), name);
};

test('Seoul writes until somebody says otherwise', () => {
  expect(writerIn(region('seoul'))).toEqual({ region: 'seoul', epoch: 1 });
});

test('a region learns of a later epoch, and of none that it knows or that came before', () => {
  const tokyo = region('tokyo');
  const recorded = (writer: Writer) => {
    recordWriter(tokyo, writer);
    return writerIn(tokyo);
  };
  expect(recorded({ region: 'tokyo', epoch: 2 })).toEqual({ region: 'tokyo', epoch: 2 });
  expect(recorded({ region: 'seoul', epoch: 2 })).toEqual({ region: 'tokyo', epoch: 2 });
  expect(recorded({ region: 'seoul', epoch: 1 })).toEqual({ region: 'tokyo', epoch: 2 });
  expect(recorded({ region: 'tokyo', epoch: 3 })).toEqual({ region: 'tokyo', epoch: 3 });
});

test('of what regions know the highest epoch holds, in any order', () => {
  const [before, now] = [
    { region: 'seoul', epoch: 1 },
    { region: 'tokyo', epoch: 2 },
  ] as const;
  expect(latest([before, now])).toBe(now);
  expect(latest([now, before])).toBe(now);
});
