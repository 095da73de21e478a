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

test('what needs an engine at once runs Go one after the other, and builds it once', async () => {
  // Makes what it is asked to build, slowly.
  const go = `#!/bin/sh
echo "$1" >> ${folder}/asked
for last; do case $last in */) out=$last;; esac; done
sleep 0.1
if [ -n "$out" ]; then echo program > "\${out}registry"; fi
echo "$1 ends" >> ${folder}/asked
`;
  writeFileSync(join(folder, 'go'), go, { mode: 0o755 });
  process.env.PATH = `${folder}${delimiter}${PATH}`;
  jest.unstable_mockModule('../topology.ts', () => ({ ...topology, cache: folder, logs: folder }));
  const { binary, build, compile } = await import('./engines.ts');
  await Promise.all([compile('registry'), build('registry'), build('registry')]);
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('list\nlist ends\nbuild\nbuild ends\n');
  expect(readFileSync(binary('registry', 'registry'), 'utf8')).toBe('program\n');
  expect(readdirSync(join(folder, 'engines'))).toHaveLength(1);
});
