import { expect, test } from '@jest/globals';
import { changed, fuzz, fuzzMs, type Random } from '../../lib/fuzz.testing.ts';
import { accepted, given, mutants } from './dockerfiles.testing.ts';
import { judgeDockerfile } from './judge-dockerfile.ts';

const args = Object.entries(given).map(([name, image]) => `--build-arg=${name}=${image}`);
/** Of what costs a reader most: up to the largest Dockerfile that is read. */
const bombs = ({ below, pick }: Random): Buffer => {
  const part = pick([
    ...[
      '\n',
      '\\\n',
      '#',
      '# \n',
      '\t',
      ' ',
      '"',
      "'",
      '$',
      `\${A`,
      `\${A:-`,
      '<<E',
      '<<E\n',
      '\\',
      '=',
      '--a ',
      '--from=',
      '\u0085',
      '\r',
    ],
    ...[
      'RUN \\\n',
      'FROM a AS a\n',
      'ARG A=$A\n',
      'ENV A=$A$A\n',
      'COPY --from=',
      '["a",',
      '# escape=`\n',
      'ONBUILD ',
      '&&',
      '|',
    ],
  ]);
  const size = pick([1000, 20_000, 2 ** 18]);
  const text = pick(['', 'RUN ', 'ARG A=', 'FROM ', 'COPY ', '# ', 'LABEL a=']) + part.repeat(size / part.length);
  return Buffer.from(
    pick([text, `${accepted[0]}${text}`, `${text}\nFROM scratch\n`]).slice(0, 2 ** 18),
    'latin1',
  ).subarray(below(3));
};

test(
  'G27: of hostile Dockerfiles none passes with a base that has no digest, and none takes longer than a second',
  async () => {
    const { passed, refused } = await fuzz(
      27,
      (random) => {
        if (random.below(50) === 0) return bombs(random);
        const [one] = [...mutants(1, 1 + random.below(2 ** 20))] as [Buffer];
        return random.below(3) ? one : changed(one, random);
      },
      (dockerfile) => {
        const { bases, faults } = judgeDockerfile(dockerfile, args);
        if (faults.length > 0) {
          for (const fault of faults) expect(fault).toMatch(/^Dockerfile: /);
          return false;
        }
        for (const base of bases) expect(base).toMatch(/@sha256:[0-9a-f]{64}$/);
        expect(bases.join()).not.toContain('evil.example');
        return true;
      },
    );
    expect(passed).toBeGreaterThan(2);
    expect(refused).toBeGreaterThan(100);
  },
  fuzzMs,
);
