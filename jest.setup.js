import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives each run a folder, in which a test file leaves to the others what takes long to make. */
export default function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'jest-run-'));
  process.env.JEST_RUN = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}
