import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import * as topology from '../topology.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-'));
const { PATH } = process.env;
afterAll(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

test('two who need an engine at once build it once', async () => {
  // Makes what it is asked to build, slowly.
  const go = `#!/bin/sh
echo built >> ${folder}/asked
for last; do case $last in */) out=$last;; esac; done
sleep 0.1
echo program > "\${out}registry"
`;
  writeFileSync(join(folder, 'go'), go, { mode: 0o755 });
  process.env.PATH = `${folder}${delimiter}${PATH}`;
  jest.unstable_mockModule('../topology.ts', () => ({ ...topology, cache: folder, logs: folder }));
  const { binary, build } = await import('./engines.ts');
  await Promise.all([build('registry'), build('registry')]);
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('built\n');
  expect(readFileSync(binary('registry', 'registry'), 'utf8')).toBe('program\n');
  expect(readdirSync(join(folder, 'engines'))).toHaveLength(1);
});
