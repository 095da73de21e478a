import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cacheKey, dependencyStage } from './dependencies.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const digest = `sha256:${'a'.repeat(64)}`;
const java = `ARG MAVEN_IMAGE=maven@${digest}
FROM \${MAVEN_IMAGE} AS build
# What is downloaded follows from this file.
COPY pom.xml .
RUN mvn package \\
    # a comment in between
    && rm -r target
COPY src src
RUN mvn --offline package
FROM jre@${digest}
COPY --from=build /out .
`;

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
    ['there is a heredoc', 'FROM go\nCOPY go.mod .\nRUN <<EOF\nCOPY . .\nEOF\n'],
    ['it has another escape character', '# escape=`\nFROM go\nCOPY go.mod .\nRUN x\n'],
    ['there is none', ''],
  ])('is nothing where %s', (_, text) => expect(dependencyStage(text, ['go.mod', 'go.sum'])).toBeUndefined());

  test.each([
    ['booking', 'pom.xml', 'mvn'],
    ['live', 'requirements.txt', 'pip'],
  ])('%s has one', (service, lockFile, tool) => {
    const stage = dependencyStage(read(`../../services/${service}/Dockerfile`), [lockFile]);
    expect(stage?.trimEnd().split('\nRUN ').at(-1)).toContain(tool);
    expect(stage).not.toContain('COPY . .');
  });
});

test('the name says everything that layers can come from, and the week', () => {
  const at = new Date('2026-11-24T00:00:00Z');
  const pom = { text: '<project/>', mode: 0o644 };
  const files = new Map([['pom.xml', pom]]);
  const key = cacheKey('FROM x\n', files, ['--build-arg=A=b'], at);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(cacheKey('FROM x\n', files, ['--build-arg=A=b'], new Date(at.getTime() + 3600_000))).toBe(key);
  const others = [
    cacheKey('FROM y\n', files, ['--build-arg=A=b'], at),
    cacheKey('FROM x\n', new Map([['pom.xml', { ...pom, text: '<project />' }]]), ['--build-arg=A=b'], at),
    cacheKey('FROM x\n', new Map([['pom.xm', { ...pom, text: 'l<project/>' }]]), ['--build-arg=A=b'], at),
    cacheKey('FROM x\n', new Map([['pom.xml', { ...pom, mode: 0o755 }]]), ['--build-arg=A=b'], at),
    cacheKey('FROM x\n', files, ['--build-arg=A=c'], at),
    cacheKey('FROM x\n', files, ['--build-arg=A=b'], new Date(at.getTime() + 8 * 24 * 3600_000)),
  ];
  expect(new Set([key, ...others]).size).toBe(7);
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dependencies-'));
  for (const name of ['source/repository', 'bin', 'registry', 'layers', 'work'])
    mkdirSync(join(folder, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the step that finds them', () => {
  const run = () =>
    spawnSync('node_modules/.bin/node', ['tasks/dependency-cache/program.ts', 'pom.xml', '--', '--build-arg=A=b'], {
      encoding: 'utf8',
      env: {
        SOURCE: join(folder, 'source'),
        ...{ RESULT_DEPENDENCIES_PATH: join(folder, 'key'), RESULT_BASES_PATH: join(folder, 'bases') },
        RESULT_REASON_PATH: join(folder, 'reason'),
      },
    });
  const file = (name: string) => join(folder, 'source/repository', name);
  const key = () => readFileSync(join(folder, 'key'), 'utf8');

  test('leaves the files and the part of the Dockerfile that a build of them needs, and no other', () => {
    writeFileSync(file('Dockerfile'), java);
    writeFileSync(file('pom.xml'), '<project/>', { mode: 0o640 });
    writeFileSync(file('secret'), 'x');
    expect(run()).toMatchObject({ status: 0, stderr: '' });
    expect(key()).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(join(folder, 'source/dependencies/pom.xml'), 'utf8')).toBe('<project/>');
    expect(readFileSync(join(folder, 'source/dependencies/Dockerfile'), 'utf8')).not.toContain('COPY src');
    expect(existsSync(join(folder, 'source/dependencies/secret'))).toBe(false);
    const first = key();
    run();
    expect(key()).toBe(first);
  });

  test('G26: follows no link, and refuses a Dockerfile that is none', () => {
    const none = { status: 1, stderr: expect.stringContaining('git-clone: Dockerfile: missing, a link or larger') };
    expect(run()).toMatchObject(none);
    writeFileSync(join(folder, 'elsewhere'), java);
    symlinkSync(join(folder, 'elsewhere'), file('Dockerfile'));
    expect(run()).toMatchObject(none);
    for (const told of ['reason', 'source/refused'])
      expect(readFileSync(join(folder, told), 'utf8')).toMatch(/^Dockerfile: missing, a link/);
    rmSync(file('Dockerfile'));
    writeFileSync(file('Dockerfile'), java);
    symlinkSync(join(folder, 'elsewhere'), file('pom.xml'));
    expect(run().status).toBe(0);
    expect(existsSync(join(folder, 'source/dependencies/pom.xml'))).toBe(false);
  });

  test('refuses base images without a digest, and names those that there are', () => {
    writeFileSync(file('Dockerfile'), java.replace(`FROM jre@${digest}`, 'FROM jre:latest'));
    expect(run().stderr).toContain('git-clone: Dockerfile: FROM "jre:latest": is not an image by its digest');
    writeFileSync(file('Dockerfile'), 'FROM scratch\nCOPY . .\n');
    expect(run().status).toBe(0);
    expect([key(), readFileSync(join(folder, 'bases'), 'utf8')]).toEqual(['none', 'none']);
    writeFileSync(file('Dockerfile'), java);
    run();
    expect(readFileSync(join(folder, 'bases'), 'utf8')).toBe(`maven@${digest} jre@${digest}`);
  });
});

describe('the registry that keeps them', () => {
  const script = (name: string, env: Record<string, string> = {}) => {
    // What is kept is a file here, named as the reference.
    writeFileSync(
      join(folder, 'bin/crane'),
      `#!/bin/sh
file=$FOLDER/registry/$(printf '%s' "$*" | grep -o '[0-9a-f]\\{64\\}' | head -n 1)
case $1 in
  export) cat "$file" ;;
  digest) if [ -e "$FOLDER/down" ]; then echo 'unexpected status code 500' >&2; exit 1; fi; test -e "$file" || { echo 'MANIFEST_UNKNOWN' >&2; exit 1; } ;;
  append) cp "$4" "$file"; echo "$*" >>"$FOLDER/calls" ;;
esac
`,
    );
    chmodSync(join(folder, 'bin/crane'), 0o755);
    const { status, stdout, stderr } = spawnSync('sh', ['-c', read(`./${name}.sh`)], {
      encoding: 'utf8',
      env: {
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        FOLDER: folder,
        SOURCE: join(folder, 'source'),
        LAYERS: join(folder, 'layers'),
        IMAGE: 'registry.example/booking',
        DEPENDENCIES: key,
        INSECURE: 'false',
        RESULT_DEPENDENCIES_PATH: join(folder, 'key'),
        RESULT_LAYERS_PATH: join(folder, 'found'),
        ...env,
      },
    });
    return { status, said: stdout + stderr };
  };
  const key = 'a'.repeat(64);
  const restore = (of = key) => {
    writeFileSync(join(folder, 'key'), of);
    expect(script('restore').status).toBe(0);
    return readFileSync(join(folder, 'found'), 'utf8');
  };

  test('gives back what was kept, and keeps it once', () => {
    mkdirSync(join(folder, 'layers/layers:1'));
    writeFileSync(join(folder, 'layers/layers:1/index.json'), '{}');
    writeFileSync(join(folder, 'layers/complete'), '');
    // The pod's own folder for it, as the script names it.
    const keep = () =>
      spawnSync('sh', ['-c', read('./keep.sh').replaceAll('/work/', `${folder}/work/`)], {
        encoding: 'utf8',
        env: {
          PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
          ...{
            FOLDER: folder,
            LAYERS: join(folder, 'layers'),
            IMAGE: 'registry.example/booking',
            DEPENDENCIES: key,
            INSECURE: 'false',
          },
        },
      });
    expect(restore()).toBe('missing');
    // A registry that fails is not one without them.
    writeFileSync(join(folder, 'down'), '');
    expect(keep()).toMatchObject({ status: 1, stderr: expect.stringContaining('status code 500') });
    rmSync(join(folder, 'down'));
    expect(keep().stdout).toContain(`kept registry.example/booking/dependencies:${key}`);
    expect(keep().stdout).toContain('kept already');
    expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toHaveLength(1);
    expect(restore()).toBe('restored');
    expect(existsSync(join(folder, 'source/layers/layers:1/index.json'))).toBe(true);
  });

  test('is not asked where there is nothing to keep, and what is broken counts as missing', () => {
    expect(restore('none')).toBe('none');
    writeFileSync(join(folder, 'registry', key), 'no archive');
    expect(restore()).toBe('missing');
    expect(existsSync(join(folder, 'source/layers'))).toBe(true);
  });

  test('keeps nothing of a build that failed, and refuses a strange name', () => {
    expect(script('keep')).toMatchObject({ status: 0, said: 'dependency-cache: not all layers were made\n' });
    expect(script('keep', { IMAGE: 'registry/$(touch x)' }).status).toBe(64);
  });
});

test('what is longer than any Dockerfile is not read, and blank lines cost no more than their length', () => {
  expect(dependencyStage(`FROM x\n${'\n'.repeat(2 ** 23)}`, ['pom.xml'])).toBeUndefined();
  const blank = `FROM x\n${'\n'.repeat(60_000)}COPY pom.xml .\nRUN mvn\n`;
  expect(dependencyStage(blank, ['pom.xml'])).toBe(blank);
});
