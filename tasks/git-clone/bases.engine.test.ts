import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { inputs } from '../../lib/fuzz.testing.ts';
import { binary } from '../../local/engines/engines.ts';
import { accepted, given, mutants } from './dockerfiles.testing.ts';
import { judgeDockerfile } from './judge-dockerfile.ts';

/** Kaniko's own parser and resolution of stages (engines/builder/bases). */
const kaniko = binary('kaniko', 'bases');
const commit = '0123456789abcdef0123456789abcdef01234567';
const args = Object.entries(given).map(([name, image]) => `${name}=${image}`);
/** In whole batches. */
const count = Math.ceil((Number.isFinite(inputs) ? inputs : 1) / 5000) * 5000;

type Read = { bases: string[]; instructions: { name: string; line: number }[] | null; error?: string };

function kanikoReads(dockerfiles: readonly Buffer[]): Read[] {
  const input = dockerfiles.map((dockerfile) =>
    JSON.stringify({ dockerfile: dockerfile.toString('base64'), args: [...args, `COMMIT=${commit}`] }),
  );
  const output = execFileSync(kaniko, { input: input.join('\n'), maxBuffer: 2 ** 30, encoding: 'utf8' });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
const judge = (dockerfile: Buffer) =>
  judgeDockerfile(
    dockerfile,
    args.map((arg) => `--build-arg=${arg}`),
  );

test('of a Dockerfile from the field, both readers name the same bases', () => {
  const all = accepted.map((dockerfile) => Buffer.from(dockerfile));
  const read = kanikoReads(all);
  for (const [index, { bases, faults }] of all.map(judge).entries())
    expect([faults, bases.toSorted()]).toEqual([[], read[index]?.bases.toSorted()]);
});

test('whatever is pushed as a Dockerfile, our reader and that of Kaniko see the same instructions and bases, or it is refused', () => {
  let both = 0;
  for (let seed = 1; seed * 5000 <= count; seed++) {
    const all = [...mutants(5000, seed)];
    const read = kanikoReads(all);
    for (const [index, dockerfile] of all.entries()) {
      const theirs = read[index] as Read;
      const { instructions, bases, faults } = judge(dockerfile);
      // What Kaniko refuses is not built.
      if (faults.length > 0 || theirs.error !== undefined) continue;
      both++;
      const seen = instructions.map(({ name, line }) => ({ name, line }));
      const text = dockerfile.toString('latin1');
      expect([text, bases.toSorted(), seen]).toEqual([text, theirs.bases.toSorted(), theirs.instructions]);
    }
  }
  // Refusing everything would be no agreement.
  expect(both).toBeGreaterThan(count / 10);
}, 600_000);
