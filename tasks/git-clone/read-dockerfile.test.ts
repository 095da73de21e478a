import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { programOf } from '../../lib/program.testing.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { digest, java } from './dockerfiles.testing.ts';

const folder = temporaryFolder('source/repository');

describe('read-dockerfile', () => {
  const program = programOf('tasks/git-clone/read-dockerfile.ts');
  const run = () =>
    program(
      {
        ...{ SOURCE: folder('source'), VERDICT: folder('source') },
        ...{ RESULT_CACHE_KEY_PATH: folder('key'), RESULT_BASES_PATH: folder('bases') },
        RESULT_REASON_PATH: folder('reason'),
      },
      ...['pom.xml', '--', '--build-arg=A=b'],
    ).ended;
  const file = (name: string) => folder('source/repository', name);
  const key = () => readFileSync(folder('key'), 'utf8');

  test('copies only the lock files and their part of the Dockerfile', async () => {
    writeFileSync(file('Dockerfile'), java);
    writeFileSync(file('pom.xml'), '<project/>', { mode: 0o640 });
    writeFileSync(file('secret'), 'x');
    expect(await run()).toMatchObject({ status: 0, err: '' });
    expect(key()).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(folder('source/dependencies/pom.xml'), 'utf8')).toBe('<project/>');
    expect(readFileSync(folder('source/dependencies/Dockerfile'), 'utf8')).not.toContain('COPY src');
    expect(existsSync(folder('source/dependencies/secret'))).toBe(false);
    // It is part of the key, and the umask is not.
    expect(statSync(folder('source/dependencies/pom.xml')).mode & 0o777).toBe(0o640);
    const first = key();
    // Another attempt of the task finds what the first one left.
    writeFileSync(folder('source/dependencies/left'), 'x');
    expect(await run()).toMatchObject({ status: 0, err: '' });
    expect(existsSync(folder('source/dependencies/left'))).toBe(false);
    expect(key()).toBe(first);
  });

  test('G26: follows no link, and refuses a Dockerfile that is none', async () => {
    const none = { status: 1, err: expect.stringContaining('git-clone: Dockerfile: missing, a link or larger') };
    expect(await run()).toMatchObject(none);
    writeFileSync(folder('elsewhere'), java);
    symlinkSync(folder('elsewhere'), file('Dockerfile'));
    expect(await run()).toMatchObject(none);
    for (const file of ['reason', 'source/.refused'])
      expect(readFileSync(folder(file), 'utf8')).toMatch(/^Dockerfile: missing, a link/);
    rmSync(file('Dockerfile'));
    writeFileSync(file('Dockerfile'), java);
    symlinkSync(folder('elsewhere'), file('pom.xml'));
    expect((await run()).status).toBe(0);
    expect(existsSync(folder('source/dependencies/pom.xml'))).toBe(false);
  });

  test('takes no Dockerfile of 256 KiB, and a lock file of 8 MiB for none', async () => {
    writeFileSync(file('Dockerfile'), java.padEnd(2 ** 18, '#\n'));
    writeFileSync(file('pom.xml'), '');
    truncateSync(file('pom.xml'), 2 ** 23);
    expect(await run()).toMatchObject({ status: 1, err: expect.stringContaining('larger than 256 KiB') });
    truncateSync(file('Dockerfile'), 2 ** 18 - 1);
    expect(await run()).toMatchObject({ status: 0, err: '' });
    expect(existsSync(folder('source/dependencies/Dockerfile'))).toBe(true);
    expect(existsSync(folder('source/dependencies/pom.xml'))).toBe(false);
  });

  test('refuses a Dockerfile and files with all faults at once', async () => {
    writeFileSync(file('Dockerfile'), 'FROM scratch\nRUN --mount=type=ssh x\nWORKDIR /workspace\n');
    mkdirSync(file('library'));
    expect(await run()).toMatchObject({ status: 1 });
    expect(readFileSync(folder('reason'), 'utf8')).toMatch(
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
    expect([key(), readFileSync(folder('bases'), 'utf8')]).toEqual(['none', 'none']);
    writeFileSync(file('Dockerfile'), java);
    await run();
    expect(readFileSync(folder('bases'), 'utf8')).toBe(`maven@${digest} jre@${digest}`);
  });
});
