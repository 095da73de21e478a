import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { programOf } from '../../lib/program.testing.ts';

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

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-dockerfile-'));
  mkdirSync(join(folder, 'source/repository'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('read-dockerfile', () => {
  const program = programOf('tasks/git-clone/read-dockerfile.ts');
  const run = () =>
    program(
      {
        ...{ SOURCE: join(folder, 'source'), VERDICT: join(folder, 'source') },
        ...{ RESULT_CACHE_KEY_PATH: join(folder, 'key'), RESULT_BASES_PATH: join(folder, 'bases') },
        RESULT_REASON_PATH: join(folder, 'reason'),
      },
      ...['pom.xml', '--', '--build-arg=A=b'],
    ).ended;
  const file = (name: string) => join(folder, 'source/repository', name);
  const key = () => readFileSync(join(folder, 'key'), 'utf8');

  test('copies only the lock files and their part of the Dockerfile', async () => {
    writeFileSync(file('Dockerfile'), java);
    writeFileSync(file('pom.xml'), '<project/>', { mode: 0o640 });
    writeFileSync(file('secret'), 'x');
    expect(await run()).toMatchObject({ status: 0, err: '' });
    expect(key()).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(join(folder, 'source/dependencies/pom.xml'), 'utf8')).toBe('<project/>');
    expect(readFileSync(join(folder, 'source/dependencies/Dockerfile'), 'utf8')).not.toContain('COPY src');
    expect(existsSync(join(folder, 'source/dependencies/secret'))).toBe(false);
    const first = key();
    await run();
    expect(key()).toBe(first);
  });

  test('G26: follows no link, and refuses a Dockerfile that is none', async () => {
    const none = { status: 1, err: expect.stringContaining('git-clone: Dockerfile: missing, a link or larger') };
    expect(await run()).toMatchObject(none);
    writeFileSync(join(folder, 'elsewhere'), java);
    symlinkSync(join(folder, 'elsewhere'), file('Dockerfile'));
    expect(await run()).toMatchObject(none);
    for (const told of ['reason', 'source/.refused'])
      expect(readFileSync(join(folder, told), 'utf8')).toMatch(/^Dockerfile: missing, a link/);
    rmSync(file('Dockerfile'));
    writeFileSync(file('Dockerfile'), java);
    symlinkSync(join(folder, 'elsewhere'), file('pom.xml'));
    expect((await run()).status).toBe(0);
    expect(existsSync(join(folder, 'source/dependencies/pom.xml'))).toBe(false);
  });

  test('refuses a Dockerfile and files with all faults at once', async () => {
    writeFileSync(file('Dockerfile'), 'FROM scratch\nRUN --mount=type=ssh x\nWORKDIR /workspace\n');
    mkdirSync(file('library'));
    expect(await run()).toMatchObject({ status: 1 });
    expect(readFileSync(join(folder, 'reason'), 'utf8')).toMatch(
      /^Dockerfile: line 2: RUN --mount=type=ssh: .*; Dockerfile: line 3: WORKDIR "\/workspace": .*; "library": is a submodule/,
    );
  });

  test('refuses base images without a digest, and names those that there are', async () => {
    writeFileSync(file('Dockerfile'), java.replace(`FROM jre@${digest}`, 'FROM jre:latest'));
    expect((await run()).err).toContain(
      'git-clone: Dockerfile: line 10: FROM "jre:latest": is not an image by its digest',
    );
    writeFileSync(file('Dockerfile'), 'FROM scratch\nCOPY . .\n');
    expect((await run()).status).toBe(0);
    expect([key(), readFileSync(join(folder, 'bases'), 'utf8')]).toEqual(['none', 'none']);
    writeFileSync(file('Dockerfile'), java);
    await run();
    expect(readFileSync(join(folder, 'bases'), 'utf8')).toBe(`maven@${digest} jre@${digest}`);
  });
});
