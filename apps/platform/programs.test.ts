import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from '@jest/globals';
import { stepPrograms } from './programs.ts';

test('the image has each program that a step calls, and no other', () => {
  const folder = new URL('../../rendered/seoul/ci/', import.meta.url);
  const called = readdirSync(folder).flatMap((file) =>
    [...readFileSync(new URL(file, folder), 'utf8').matchAll(/\/app\/[\w-]+\.mjs/g)].map(([path]) => path),
  );
  expect(Object.keys(stepPrograms()).sort()).toEqual([...new Set(called)].sort());
});

test('a bundle is called as its source', () => {
  for (const [path, source] of Object.entries(stepPrograms()))
    expect(basename(path, '.mjs')).toBe(basename(source, '.ts'));
});
