import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives each run a folder, in which a test file leaves to the others what takes long to make. */
export default function setup() {
  // Where a script of ours started jest, in a folder that it removes also when jest is killed.
  const folder = mkdtempSync(join(process.env.JEST_FOLDER ?? tmpdir(), 'jest-run-'));
  process.env.JEST_RUN = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}
