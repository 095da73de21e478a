import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run, sha256 } from '../machine/process.ts';
import { cache, logs } from '../topology.ts';
import { central, verify } from './archives.ts';
import { kafkaJars } from './kafka-jars.ts';

/** A folder with all jars of the broker, made once. */
export const kafkaFolder = join(cache, 'archives', `kafka-${sha256(JSON.stringify(kafkaJars)).slice(0, 12)}`);
export const kafkaIsThere = (): boolean => existsSync(kafkaFolder);

export async function fetchKafka(): Promise<void> {
  if (kafkaIsThere()) return;
  const part = `${kafkaFolder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const files = kafkaJars.map((jar) => ({ jar, file: join(part, basename(jar.path)) }));
  const downloads = files.flatMap(({ jar, file }) => ['-o', file, `${central}/${jar.path}`]);
  const settings = ['-fsSL', '--retry', '3', '--parallel', '--parallel-max', '8'];
  await run('curl', [...settings, ...downloads], { log: join(logs, 'build', 'kafka.log') });
  for (const { jar, file } of files) await verify(jar, file);
  renameSync(part, kafkaFolder);
}
