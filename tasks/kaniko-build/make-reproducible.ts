import { writeFileSync } from 'node:fs';
import { reproducible } from './reproducible.ts';

/** The step `make-reproducible` of the kaniko-build Task. */
const given = (name: string): string => process.env[name] ?? '';

try {
  const digest = await reproducible(given('IMAGE'));
  writeFileSync(given('RESULT_DIGEST_PATH'), digest);
  console.log(`built: ${digest}`);
} catch (error) {
  console.error(`kaniko-build: the image: ${(error as Error).message}`);
  process.exitCode = 1;
}
