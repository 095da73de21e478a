import { expect, test } from '@jest/globals';
import { changed, fuzz, fuzzMs, type Random } from '../../lib/fuzz.testing.ts';
import { readIgnores } from './policy.ts';

const now = new Date('2026-11-23T12:00:00Z');
const file = Buffer.from(`# why we ignore these
vulnerabilities:
  - id: CVE-2024-12345
    statement: "Not reachable: we never parse XML."
    expired_at: 2027-01-31
    paths: [app/x.jar]
  - { id: GHSA-jfh8-c2jp-5v3q, statement: 'Only in a test of ours', expired_at: "2026-12-24", purls: ["pkg:pypi/x"] }
  - id: CVE-2023-1
    statement: It has expired since
    expired_at: 2026-01-01
`);
const words = [
  ...[
    '\n',
    '\u0085',
    '\u00a0',
    '\t',
    '---\n',
    '!!str ',
    '!!timestamp ',
    '&a ',
    '*a',
    '<<: *a\n',
    '? ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
  ],
  ...[
    '  - id: "*"\n',
    '  - id: CVE-2024-9\n',
    '    statement: ""\n',
    '    statement: ~\n',
    '    expired_at: 9999-12-31\n',
  ],
  ...[
    '    expired_at: .inf\n',
    '    expired_at: 2027-02-30\n',
    'severity: LOW\n',
    '__proto__:\n',
    'vulnerabilities:\n',
    'id',
    '1e3',
  ],
];
/** As large as the step that calls takes. */
const bombs = ({ below, pick }: Random): Buffer => {
  const size = 1 + below(16_000);
  return Buffer.from(
    pick([
      () => `vulnerabilities: ${'['.repeat(size)}`,
      () => `vulnerabilities:\n${'  - id: x\n'.repeat(size / 4)}`,
      () => `a: &a [${'x,'.repeat(9)}]\nvulnerabilities: [${'*a,'.repeat(size / 4)}]`,
      () => `vulnerabilities: [{ id: ${'"\\x41'.repeat(size / 4)} }]`,
      () => `vulnerabilities:\n  - statement: ${'a '.repeat(size)}\n    id: CVE-${'1'.repeat(size)}`,
      () => `${'? '.repeat(size)}`,
      () => Array.from({ length: size / 4 }, (_, n) => `k${n}: 1\n`).join(''),
    ])(),
  );
};

test(
  'G23: of hostile files of ignores none passes without a reason and a near end, and none takes longer than a second',
  async () => {
    const { passed, refused } = await fuzz(
      23,
      (random) => (random.below(100) === 0 ? bombs(random) : changed(file, random, words)),
      (input) => {
        const text = input.toString('utf8');
        const { faults, good } = readIgnores(text, now);
        if (faults.length > 0) return false;
        for (const { id } of good) expect(id).toMatch(/^[A-Za-z][A-Za-z0-9]*-[\w.:-]{1,60}$/);
        // Each has a reason and an end of its own, however it is written.
        expect(text.match(/statement/g)?.length ?? 0).toBeGreaterThanOrEqual(good.length);
        expect(text.match(/expired_at/g)?.length ?? 0).toBeGreaterThanOrEqual(good.length);
        expect(text.match(/20(26-1[12]|27-0[1-5])-\d\d/g)?.length ?? 0).toBeGreaterThanOrEqual(good.length);
        return true;
      },
    );
    expect(passed).toBeGreaterThan(2);
    expect(refused).toBeGreaterThan(100);
  },
  fuzzMs,
);
