import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readDockerfile } from '../../lib/dockerfile.ts';
import { cacheKey, dependencyStage as stageOf } from './dependencies.ts';
import { java } from './dockerfiles.testing.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const dependencyStage = (dockerfile: string, lockFiles: string[]) =>
  stageOf(readDockerfile(Buffer.from(dockerfile)).instructions, lockFiles);

describe('the part of a Dockerfile that fetches dependencies', () => {
  test('ends before the first thing that is no lock file', () => {
    const [stage, rest] = [dependencyStage(java, ['pom.xml']) ?? '', 'COPY src src'];
    expect(java.startsWith(stage)).toBe(true);
    expect(java.slice(stage.length).startsWith(rest)).toBe(true);
  });

  test('may name lock files that need not be there', () => {
    const text = 'FROM go\nCOPY go.mod go.sum* ./\nRUN go mod download\nCOPY . .\n';
    expect(dependencyStage(text, ['go.mod', 'go.sum'])).toBe(text.replace('COPY . .\n', ''));
  });

  test.each([
    ['sources come first', 'FROM go\nCOPY . .\nRUN go build\n'],
    ['nothing is fetched', 'FROM go\nCOPY go.mod .\nCOPY . .\nRUN go build\n'],
    ['everything before is without lock files', 'FROM go\nRUN apt-get install x\nCOPY . .\n'],
    ['it copies from elsewhere', 'FROM go\nCOPY --from=x go.mod .\nRUN go build\n'],
    ['there is none', ''],
  ])('is nothing where %s', (_, text) => expect(dependencyStage(text, ['go.mod', 'go.sum'])).toBeUndefined());

  test.each([
    ['booking', ['pom.xml'], 'mvn'],
    ['ticket', ['go.mod', 'go.sum'], 'go mod download'],
    ['live', ['requirements.txt'], 'pip'],
  ])('%s has one', (service, lockFiles, tool) => {
    const stage = dependencyStage(read(`../../services/${service}/Dockerfile`), lockFiles);
    expect(stage?.trimEnd().split('\nRUN ').at(-1)).toContain(tool);
    expect(stage).not.toContain('COPY . .');
  });
});

test('the key covers all inputs of the layers, and the week', () => {
  const at = new Date('2026-11-24T00:00:00Z');
  const pom = { bytes: Buffer.from('<project/>'), mode: 0o644 };
  const files = new Map([['pom.xml', pom]]);
  const key = cacheKey('FROM x\n', files, ['--build-arg=A=b'], at);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(cacheKey('FROM x\n', files, ['--build-arg=A=b'], new Date(at.getTime() + 3600_000))).toBe(key);
  const others = [
    cacheKey('FROM y\n', files, ['--build-arg=A=b'], at),
    cacheKey(
      'FROM x\n',
      new Map([['pom.xml', { ...pom, bytes: Buffer.from('<project />') }]]),
      ['--build-arg=A=b'],
      at,
    ),
    cacheKey('FROM x\n', new Map([['pom.xm', { ...pom, bytes: Buffer.from('l<project/>') }]]), ['--build-arg=A=b'], at),
    cacheKey('FROM x\n', new Map([['pom.xml', { ...pom, mode: 0o755 }]]), ['--build-arg=A=b'], at),
    cacheKey('FROM x\n', files, ['--build-arg=A=c'], at),
    cacheKey('FROM x\n', files, ['--build-arg=A=b'], new Date(at.getTime() + 8 * 24 * 3600_000)),
  ];
  expect(new Set([key, ...others]).size).toBe(7);
});

test('blank lines cost no more than their length', () => {
  const blank = `FROM x\n${'\n'.repeat(2 ** 18)}COPY pom.xml .\nRUN mvn\n`;
  expect(dependencyStage(blank, ['pom.xml'])).toBe(blank);
});
