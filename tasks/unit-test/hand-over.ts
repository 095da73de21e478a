import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { copyPlain } from '../../lib/copy.ts';
import { openUntrusted } from '../../lib/plain-file.ts';
import { Refused, stepOf, text, verdictFile } from '../../lib/step.ts';
import { explain, reasonOf } from './explain.ts';
import type { unitTest } from './unit-test.ts';

/** Bytes of a log, from its end. */
const logLimit = 8 * 2 ** 20;

/** The end of a plain file; undefined where there is none. The code of a push can write all of these, and may still run. */
function endOf(path: string, limit: number): Buffer | undefined {
  let file: number;
  try {
    file = openUntrusted(path);
  } catch {
    return undefined;
  }
  try {
    const there = fstatSync(file);
    if (!there.isFile()) return undefined;
    const end = Buffer.alloc(Math.min(there.size, limit));
    return end.subarray(0, readSync(file, end, 0, end.length, there.size - end.length));
  } finally {
    closeSync(file);
  }
}

/**
 * Hands the files and folders in the arguments to the analysis, without links, which could point anywhere in its pod. Fails if the tests
 * failed, and says why.
 */
await stepOf<typeof unitTest, 'report'>()({
  name: 'unit-test',
  env: { REPORTS: text('a folder'), VERDICT: text('a folder'), HOME: text('a folder') },
  run: ({ REPORTS, VERDICT, HOME }) => {
    const before = endOf(join(VERDICT, verdictFile), 900)?.toString('utf8');
    if (before) throw new Refused(1, before);
    const word = endOf(join(HOME, '.unit-test/status'), 8)?.toString('latin1') ?? '';
    const status = /^\d+$/.test(word) ? word : 'none';
    if (status !== '0') {
      const log = endOf(join(HOME, '.unit-test/log'), logLimit) ?? Buffer.alloc(0);
      const explained = explain(log.toString('utf8'));
      // Named failures are final. Other causes (a package server that is down, no memory left) may be gone at the next attempt.
      const final = explained.failed.length > 0;
      if (final) {
        rmSync(join(VERDICT, `${verdictFile}.log`), { recursive: true, force: true });
        writeFileSync(join(VERDICT, `${verdictFile}.log`), log.subarray(-100_000), { flag: 'wx' });
      }
      throw new Refused(1, reasonOf(status, explained), { final });
    }
    // Left by an earlier attempt, or by the tests themselves.
    for (const name of readdirSync(REPORTS)) rmSync(join(REPORTS, name), { recursive: true, force: true });
    const code = realpathSync('.');
    for (const path of process.argv.slice(2)) {
      const from = join(code, path);
      if (!lstatSync(from, { throwIfNoEntry: false }) || realpathSync(dirname(from)) !== dirname(from)) continue;
      mkdirSync(dirname(join(REPORTS, path)), { recursive: true });
      copyPlain(from, join(REPORTS, path));
    }
  },
});
