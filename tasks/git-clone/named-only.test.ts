import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { namedOnly } from './named-only.ts';

const folder = temporaryFolder('data/more');
beforeEach(() => {
  writeFileSync(folder('data/more/file'), 'x');
});
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;

test('a pointer of Git LFS is refused by name, wherever it is', () => {
  for (const name of ['model.bin', 'data/more/b', 'data/1', 'data/2', 'data/3', 'data/4'])
    writeFileSync(folder(name), pointer);
  expect(namedOnly(folder())).toEqual([
    '"data/1", "data/2", "data/3", "data/4", "data/more/b" and 1 more: is a pointer of Git LFS, and the file is not in git; commit the file, or fetch it in a RUN',
  ]);
});

test('a submodule is refused by name', () => {
  mkdirSync(folder('vendor/library'), { recursive: true });
  expect(namedOnly(folder())).toEqual([
    '"vendor/library": is a submodule, which is not cloned; commit its files, or fetch them in a RUN',
  ]);
});

test('a name that is not UTF-8 is read like any other', () => {
  const path = Buffer.concat([Buffer.from(`${folder()}/`), Buffer.from([0xbf, 0xb9])]);
  mkdirSync(path);
  writeFileSync(Buffer.concat([path, Buffer.from('/a')]), pointer);
  expect(namedOnly(folder())).toEqual([expect.stringContaining('/a": is a pointer of Git LFS')]);
});

test('what only speaks of pointers passes, and links are not followed', () => {
  writeFileSync(folder('README.md'), `# LFS\n${pointer}`);
  writeFileSync(folder('large'), pointer.padEnd(1024));
  writeFileSync(folder('empty'), '');
  symlinkSync('/proc', folder('link'));
  expect(namedOnly(folder())).toEqual([]);
});
