import { expect, test } from '@jest/globals';
import { changed, fuzz, fuzzMs, type Random } from '../fuzz.testing.ts';
import { formatRelease, parseRelease, type Release, ReleaseFault, waitingRelease } from './releases.ts';

const release: Release = {
  service: 'ticket',
  digest: `sha256:${'a'.repeat(64)}`,
  commit: 'b'.repeat(40),
  subject: 'Sell <more> & "more": 좌석 #1',
  author: '홍길동',
  run: 'ticket-main-bbbbbbbbbbbb',
};
const files = [formatRelease(release), waitingRelease('ticket')].map((text) => Buffer.from(text));
/** What YAML, Kustomize or Kubernetes takes for something else. */
const words = [
  ...[
    '\n',
    '\r\n',
    '\u0085',
    '\u2028',
    '\u00a0',
    '\t',
    '  ',
    '---\n',
    '...\n',
    '# ',
    '%YAML 1.1\n',
    '!!binary ',
    '!<x> ',
  ],
  ...[
    '&a ',
    '*a',
    '<<: *a\n',
    '? ',
    ': ',
    '- ',
    '|\n',
    '>-\n',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '\\',
    '\\x0a',
    '\0',
    '__proto__: ',
  ],
  ...[
    'resources: [x]\n',
    'components: [x]\n',
    '    newName: evil.example/x\n',
    '    newTag: latest\n',
    'patches: []\n',
  ],
  ...[
    '      spec: { replicas: 0 }\n',
    '  - name: other\n    digest: sha256:x\n',
    'yes',
    '0o7',
    '1e3',
    '~',
    '.inf',
    '=',
    'null',
  ],
];
/** As deep, as long and as often referred to as YAML lets it be. */
const bombs = (random: Random): Buffer => {
  const size = 1 + random.below(20_000);
  return Buffer.from(
    random.pick([
      () => '['.repeat(size),
      () => '{a: '.repeat(size),
      () => `${' - '.repeat(size)}x`,
      () => `a: &a [${'x,'.repeat(9)}]\n${Array.from({ length: 9 }, (_, n) => `${n}: &${n} [*a,*a]\n`).join('')}`,
      () => `kind: Component\npatches:\n${'  - patch: "x"\n'.repeat(size)}`,
      () => `a: "${'\\x41'.repeat(size)}"`,
      () => `${'a'.repeat(size)}: ${' '.repeat(size)}x`,
      () => Array.from({ length: size }, (_, n) => `k${n}: 1\n`).join(''),
    ])(),
  );
};

test(
  'G27: of hostile release files none passes but what a release writes, and none takes longer than a second',
  async () => {
    const { passed, refused } = await fuzz(
      9,
      (random) => {
        const kind = random.below(100);
        // Refusing everything would be no reader.
        if (kind < 5) return random.pick(files);
        return kind === 5 ? bombs(random) : changed(random.pick(files), random, words);
      },
      (input) => {
        const text = input.toString('utf8');
        try {
          const found = parseRelease(text, 'ticket', 'releases/dev/ticket');
          expect(text).toBe(found ? formatRelease(found) : waitingRelease('ticket'));
          return true;
        } catch (error) {
          if (error instanceof ReleaseFault) return false;
          throw error;
        }
      },
    );
    expect(passed).toBeGreaterThan(2);
    expect(refused).toBeGreaterThan(100);
  },
  fuzzMs,
);
