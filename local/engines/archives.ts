import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../machine/process.ts';
import { unpacked } from '../sandbox/rootfs.ts';
import { cache, logs } from '../topology.ts';

/** Archives from Maven Central, by path and SHA-256. */
export const central = 'https://repo.maven.apache.org/maven2';
export interface Archive {
  path: string;
  sha256: string;
}

export const archives = {
  // The last SonarQube that runs on the Java 17 of Debian 12; Community Build: no branches, no pull requests.
  sonarqube: {
    path: 'org/sonarsource/sonarqube/sonar-application/25.12.0.117093/sonar-application-25.12.0.117093.zip',
    sha256: '09215f6f6a56db484946e4355c9801fa357eb92eedc99a2bebedf1d7ae21a341',
  },
  scanner: {
    path: 'org/sonarsource/scanner/cli/sonar-scanner-cli/8.1.0.6389/sonar-scanner-cli-8.1.0.6389.zip',
    sha256: 'ab76ab3c360025e9108be5b55be066f304a164f8b2850d2f2f333915db51bc1b',
  },
} satisfies Record<string, Archive>;

export const archiveFolder = ({ sha256 }: Archive) => join(cache, 'archives', sha256.slice(0, 12));

/** Deletes what is not the file that is pinned. */
export async function verify({ path, sha256 }: Archive, file: string): Promise<void> {
  const found = await hashOf(file);
  if (found === sha256) return;
  rmSync(file);
  throw new Error(`${path}: has SHA-256 ${found}, expected ${sha256}`);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part);
  return hash.digest('hex');
}

/** Downloads and unpacks an archive once, and returns its top folder. An interrupted download is resumed. */
export async function unpackArchive(archive: Archive): Promise<string> {
  const out = archiveFolder(archive);
  if (existsSync(out)) return out;
  mkdirSync(join(cache, 'archives'), { recursive: true });
  const file = join(cache, 'archives', basename(archive.path));
  const part = `${file}.part`;
  const log = join(logs, 'build', 'archives.log');
  if (!existsSync(file)) {
    await run('curl', ['-fsSL', '--retry', '3', '-C', '-', '-o', part, `${central}/${archive.path}`], { log });
    await verify(archive, part);
    renameSync(part, file);
  }
  const unzip = join(await unpacked('unzip'), 'usr/bin/unzip');
  rmSync(`${out}.part`, { recursive: true, force: true });
  await run(unzip, ['-q', file, '-d', `${out}.part`], { log });
  const [top] = (await run('ls', [`${out}.part`])).trim().split('\n');
  renameSync(join(`${out}.part`, top as string), out);
  rmSync(`${out}.part`, { recursive: true });
  rmSync(file);
  return out;
}
