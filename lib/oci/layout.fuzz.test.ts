import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { changed, fuzz, fuzzMs } from '../fuzz.testing.ts';
import { archive, file, header, padded, pax, sealed, sha256, writeLayout } from './layout.fake.ts';
import { verifyLayout } from './layout.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layouts-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a reader finds that is not strict: a name for each entry. `everySize`: as POSIX reads, and not as Go does. */
function entries(tar: Buffer, everySize: boolean): string[] {
  const found: string[] = [];
  for (let at = 0; at + 512 <= tar.length; ) {
    const head = tar.subarray(at, at + 512);
    if (head.every((byte) => byte === 0)) return found;
    const type = String.fromCharCode(head[156] as number);
    const size = Number.parseInt(head.subarray(124, 136).toString('latin1').trim(), 8) || 0;
    found.push(`${type}${head.subarray(0, 100).toString('latin1')}`);
    at += 512 + (everySize || !'123456'.includes(type) ? Math.ceil(size / 512) * 512 : 0);
  }
  return found;
}
/** Decompressed by a program that takes all members. */
const whole = (blob: Buffer) => execFileSync('gzip', ['-dcq'], { input: blob, stdio: ['pipe', 'pipe', 'ignore'] });

/** Headers whose checksum is right again, so that what lies behind it is read. */
const resealed = (tar: Buffer): Buffer => {
  for (let at = 0; at + 512 <= tar.length; at += 512) if (tar[at + 257] === 0x75) sealed(tar.subarray(at, at + 512));
  return tar;
};
const tars = [
  archive(file('a', 'a'), header('b', 0, '2'), header('c/', 0, '5')),
  archive(pax('9 size=3\n'), header('x', 0), padded('abc'), header('d', 0, '1')),
  archive(header('long', 5, 'L'), padded('name\0'), file('e', 'e'.repeat(1500))),
];

test(
  'G27: of hostile layouts none passes that two readers read differently, and none takes longer than a second',
  async () => {
    const { passed, refused } = await fuzz(
      25,
      (random) => {
        const { pick } = random;
        const made = pick(tars);
        const tar = pick([made, made, resealed(changed(made, random))]);
        const gzip = gzipSync(tar, { level: 1 });
        const blob = pick([gzip, gzip, gzip, changed(gzip, random), Buffer.concat([gzip, gzipSync(pick(tars))])]);
        const text = pick(['config', 'manifest', 'index', 'none', 'none', 'none'] as const);
        return { tar, blob, text, random };
      },
      async ({ tar, blob, text, random }) => {
        const layout = mkdtempSync(join(folder, 'layout-'));
        try {
          const digest = writeLayout(layout, {
            layers: [{ tar, blob }],
            write: (what, was) => (what === text ? changed(Buffer.from(was), random).toString('latin1') : was),
          });
          await verifyLayout(layout, digest);
        } catch (error) {
          // A fault in words, and none of the program.
          if ((error as Error).name === 'UserError') return false;
          throw error;
        } finally {
          rmSync(layout, { recursive: true });
        }
        const content = whole(blob);
        expect(sha256(content)).toBe(sha256(tar));
        expect(entries(content, true)).toEqual(entries(content, false));
        expect(blob.indexOf(Buffer.from([0x1f, 0x8b, 8]), 1)).toBe(-1);
        return true;
      },
    );
    expect(passed).toBeGreaterThan(2);
    expect(refused).toBeGreaterThan(100);
  },
  fuzzMs,
);
