import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

/** A folder for each test of a file, with these folders in it, removed afterwards. Returns what gives a path in it, or its own. */
export function temporaryFolder(...folders: string[]): (...path: string[]) => string {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'test-'));
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  return (...path) => join(root, ...path);
}
