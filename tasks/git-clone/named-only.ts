import { closeSync, lstatSync, readdirSync, readSync } from 'node:fs';
import { openUntrusted } from '../../lib/plain-file.ts';
import { shown } from '../../lib/text.ts';

/** A pointer of Git LFS is smaller than this, in bytes, and begins so. */
const pointer = { size: 1024, start: Buffer.from('version https://git-lfs.github.com/spec/v1\n') };
const most = 5;

/**
 * What git holds by name only: pointers of Git LFS, which would be built as if they were the files, and submodules, which are empty folders
 * in a clone. git itself holds no empty folder.
 */
export function namedOnly(repository: string): string[] {
  const pointers: Buffer[] = [];
  const submodules: Buffer[] = [];
  const root = Buffer.from(repository);
  // Names in git are bytes, and need not be UTF-8.
  for (const folders = [root]; folders.length > 0; ) {
    const folder = folders.pop() as Buffer;
    const entries = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
    if (entries.length === 0 && folder !== root) submodules.push(folder);
    for (const entry of entries) {
      const path = Buffer.concat([folder, Buffer.from('/'), entry.name]);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() && isPointer(path)) pointers.push(path);
    }
  }
  const named = (paths: Buffer[]) => paths.map((path) => path.subarray(root.length + 1).toString());
  return [
    ...fault(
      named(pointers),
      'is a pointer of Git LFS, and the file is not in git; commit the file, or fetch it in a RUN',
    ),
    ...fault(named(submodules), 'is a submodule, which is not cloned; commit its files, or fetch them in a RUN'),
  ];
}

function isPointer(path: Buffer): boolean {
  const { size } = lstatSync(path);
  if (size >= pointer.size || size < pointer.start.length) return false;
  const file = openUntrusted(path);
  try {
    const start = Buffer.alloc(pointer.start.length);
    return readSync(file, start) === start.length && start.equals(pointer.start);
  } finally {
    closeSync(file);
  }
}

function fault(paths: string[], what: string): string[] {
  if (paths.length === 0) return [];
  const some = paths.sort().slice(0, most).map(shown).join(', ');
  return [`${some}${paths.length > most ? ` and ${paths.length - most} more` : ''}: ${what}`];
}
