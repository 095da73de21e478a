import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { baseImages } from '../../overlays/images.ts';
import { accepted, mutants } from './dockerfiles.testing.ts';
import { judgeDockerfile } from './judge-dockerfile.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const go = `registry.example/golang:1.26@${digest}`;
const given = [`--build-arg=GO_IMAGE=${go}`, 'kaniko:1'];
const basesOf = (dockerfile: string, args: string[]) => {
  const { bases, faults } = judgeDockerfile(Buffer.from(dockerfile), args);
  return { bases, faults };
};
const faultsOf = (dockerfile: string) => basesOf(dockerfile, given).faults;

test.each(['booking', 'ticket', 'live'])('%s names images by digest alone, given or its own', (service) => {
  const dockerfile = readFileSync(`services/${service}/Dockerfile`, 'utf8');
  const names = [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=/gm)].map(([, name]) => name as keyof typeof baseImages);
  const expected = { bases: names.map((name) => baseImages[name]), faults: [] };
  expect(basesOf(dockerfile, [])).toEqual(expected);
  const other = names.map((name) => `--build-arg=${name}=${go}`);
  expect(basesOf(dockerfile, other)).toEqual({ bases: [go], faults: [] });
});

test('stages, scratch, images by digest and those that are given pass, each named once', () => {
  const dockerfile = `# of two stages
ARG GO_IMAGE=golang
ARG OTHER="other.example/x@${digest}" NONE
FROM --platform=linux/amd64 \${GO_IMAGE} \\
  # as it stands
  AS Build
FROM $OTHER as second
COPY --from=build --chown=1:1 /a /b
COPY --from=0 /a /b
COPY --from=plain.example/y@${digest} /a /b
RUN tool --from=nowhere
from second
FROM build
FROM scratch
COPY . .
`;
  expect(basesOf(dockerfile, given)).toEqual({
    bases: [go, `other.example/x@${digest}`, `plain.example/y@${digest}`],
    faults: [],
  });
});

test('an argument may be made of others, and an image of several', () => {
  const dockerfile = `ARG NAME=registry.example/golang TAG="1.26"
ARG DIGEST=${digest}
ARG REFERENCE=\${NAME}:$TAG
FROM \${NAME}@\${DIGEST}
FROM $REFERENCE@$DIGEST
FROM evil.example/$GO_IMAGE
`;
  const bases = [`registry.example/golang@${digest}`, go, `evil.example/${go}`];
  expect(basesOf(dockerfile, given)).toEqual({ bases, faults: [] });
});

test('a chosen image is what an argument of it is made of, too', () => {
  expect(basesOf(`ARG GO_IMAGE=golang\nARG X=$GO_IMAGE\nFROM $X`, given)).toEqual({ bases: [go], faults: [] });
});

test.each(accepted)('what the field writes is read: %#', (dockerfile) => {
  expect(faultsOf(dockerfile)).toEqual([]);
});

test('every refusal of whatever is pushed names the line, and every base has its digest', () => {
  for (const dockerfile of mutants(2000, 7)) {
    const { bases, faults } = judgeDockerfile(dockerfile, given);
    for (const fault of faults) expect(fault).toMatch(/^Dockerfile: (line \d+: |has no FROM)/);
    for (const base of bases) expect(base).toMatch(/@sha256:[0-9a-f]{64}$/);
  }
});

// In the square of its length each would take minutes.
test.each([
  '\n',
  ' \n',
  '#\n',
  '# escape =\n',
  'ARG X="\\"\n',
  'RUN "\\"',
  'RUN <<',
  ' 1<<\\\n',
  '${A',
  '--x ',
  ' \\ ',
  `FROM $A\${A}`,
  'COPY --from=a ',
  '[["',
])('whatever is repeated in a Dockerfile of 512 KiB, it is read at once: %j', (part) => {
  const start = 'FROM scratch\nRUN a\\\n';
  for (const line of ['', '\\\n'])
    judgeDockerfile(Buffer.from(start + (part + line).repeat(2 ** 19 / (part + line).length)), given);
});

test('an argument may have its default in single quotes', () => {
  expect(basesOf(`ARG X='${go}'\nFROM $X`, [])).toEqual({ bases: [go], faults: [] });
});

test('a build argument without a value is none', () => {
  expect(basesOf(`ARG X=${go}\nFROM $X`, ['--build-arg=X='])).toEqual({ bases: [go], faults: [] });
});

test('a stage may be named by a number of two digits', () => {
  expect(faultsOf(`${`FROM ${go}\n`.repeat(12)}COPY --from=10 /a /b`)).toEqual([]);
});

test('an unreadable file names no image', () => {
  expect(basesOf(`FROM ${go}\nRUN a\fb`, []).bases).toEqual([]);
});

test('results have room for 2500 bytes, and no more', () => {
  const name = (bytes: number) => `FROM ${'x'.repeat(bytes - digest.length - 1)}@${digest}`;
  expect(faultsOf(name(2500))).toEqual([]);
  expect(faultsOf(name(2501))).toHaveLength(1);
});

describe('refused, with what is allowed', () => {
  test.each([
    ['a tag', 'FROM golang:1.26', 'golang:1.26'],
    ['no tag', 'FROM golang', 'golang'],
    ['more than a digest', `FROM golang@${digest}b`, 'golang@sha256:a'],
    ['an image behind a digest', `FROM golang@${digest}@x`, 'golang@sha256:a'],
    ['a name in capitals', `FROM Golang@${digest}`, 'Golang@sha256:a'],
    ['an argument before a tag', `FROM $\{GO_IMAGE}x`, `$\{GO_IMAGE}x`],
    ['half a digest', 'FROM golang@sha256:aa', 'golang@sha256:aa'],
    ['more than a digest', `FROM golang@${digest}0`, 'golang@sha256'],
    ['a digest behind other text', `FROM \`golang@${digest}`, 'golang@sha256'],
    ['a tag as the default of an argument', `ARG X=golang:1\nFROM $\{X}`, `$\{X}`],
    ['an argument that is not there', 'FROM $X', '$X'],
    ['an argument of a stage', `FROM ${go} AS a\nARG X=${go}\nFROM $X`, '$X'],
    ['a default that stands where it is used', `ARG GO_IMAGE=x\nFROM $\{GO_IMAGE:-x}`, `$\{GO_IMAGE:-x}`],
    ['a second line', 'FROM \\\n  golang', 'golang'],
    ['the last line without an end', 'FROM golang \\', 'golang'],
    ['small letters and flags', 'from --platform=$BUILDPLATFORM golang as build', 'golang'],
    ['a stage that comes later', 'FROM late\nFROM scratch AS late', 'late'],
    ['quotes', `FROM "${go}"`, `\\"registry.example`],
    ['a copy from an image', `FROM ${go}\nCOPY --from=alpine:3 /a /b`, 'alpine:3'],
    ['a copy from a stage that is not there', `FROM ${go}\nCOPY --from=1 /a /b`, '1'],
    ['a copy from the stage itself, which is then an image', `FROM ${go} AS a\nCOPY --from=a /a /b`, 'a'],
    ['a copy from the number of the stage itself', `FROM ${go}\nCOPY --from=0 /a /b`, '0'],
    ['a number that no builder reads as one', `FROM ${go}\nFROM ${go}\nCOPY --from=0x0 /a /b`, '0x0'],
    ['no name', `FROM ${go}\nCOPY --from= /a /b`, 'nothing'],
    [
      'a copy from an argument, which may be any there',
      `FROM ${go}\nENV GO_IMAGE=x\nCOPY --from=$\{GO_IMAGE} /a /b`,
      `$\{GO_IMAGE}`,
    ],
    ['a copy without words', `FROM ${go}\nCOPY --from=alpine`, 'alpine'],
    ['a name over two lines', `FROM ${go} AS a\nFROM ${go}\nCOPY --from=a\\\nb /a /b`, 'ab'],
    ['a line that does not go on', `FROM ${go}\nRUN x \\\\\nFROM golang`, 'golang'],
    ['a line that goes on, with blanks', `FROM \\ \t\r\n\n# x \\\ngolang`, 'golang'],
    ['the commit as an image', `ARG COMMIT=${go}\nFROM $COMMIT`, '$COMMIT'],
    ['a value with a quote in it', `ARG X="a\\"@${digest}"\nFROM $X`, '$X'],
    ['a variable in single quotes, which only Kaniko replaces', `ARG A=${go}\nARG X='$A'\nFROM $X`, '$X'],
    ['a letter that may belong to a name', `ARG A=${go}\nARG X="$A가"\nFROM $X`, '$X'],
    ['an argument of an argument that is not there', `ARG X=x$NONE@${digest}\nFROM $X`, '$X'],
  ])('%s', (_, dockerfile, named) => {
    expect(faultsOf(dockerfile)).toEqual([expect.stringContaining(named)]);
    expect(faultsOf(dockerfile)[0]).toMatch(
      /^Dockerfile: line \d+: (FROM|COPY --from) .*: is not an image by its digest; allowed are (\$\{GO_IMAGE\}, scratch, )?a stage before, and image@sha256:…$/,
    );
  });

  test('more than results have room for', () => {
    const many = Array.from({ length: 40 }, (_, n) => `FROM x${n}@${digest}\n`).join('');
    expect(faultsOf(many)).toEqual(['Dockerfile: its 40 images have names of 3029 bytes, allowed are 2500']);
  });

  test('every one at once, by line', () => {
    expect(faultsOf('FROM a\n\nFROM b\n# c\nFROM a').map((fault) => fault.split(': ')[1])).toEqual([
      'line 1',
      'line 3',
      'line 5',
    ]);
  });

  test.each([
    ['no FROM at all', 'ARG X=y', 'has no FROM'],
    ['FROM with more than a name', `FROM ${go} to x`, 'allowed is an image, or an image AS a name'],
    ['a second stage of the same name', `FROM ${go} AS a\nFROM ${go} AS A`, 'a stage before has this name'],
    ['an argument with a space', `ARG A="b C=d"x "y z"\nFROM ${go}`, String.raw`ARG "\"y z\""`],
    [
      'an argument behind white space that is none here',
      `ARG A=b\u3000GO_IMAGE=c\nFROM ${go}`,
      'is ASCII outside quotes',
    ],
  ])('%s', (_, dockerfile, named) => {
    expect(faultsOf(dockerfile)).toEqual([expect.stringContaining(named)]);
  });
});
