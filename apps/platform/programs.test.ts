import { basename } from 'node:path';
import { expect, test } from '@jest/globals';
import { sites } from '../../trees.testing.ts';
import { stepPrograms } from './programs.ts';

test('the image has each program that a step or a job calls on any site, and no other', () => {
  const called = Object.values(sites)
    .flat()
    .filter(({ path }) => path.startsWith('rendered/seoul/') && !path.includes('/notifier/'))
    .flatMap(({ object }) => [...JSON.stringify(object).matchAll(/\/app\/[\w-]+\.mjs/g)].map(([path]) => path));
  expect(Object.keys(stepPrograms()).sort()).toEqual([...new Set(called)].sort());
});

test('a bundle is called as its source', () => {
  for (const [path, source] of Object.entries(stepPrograms()))
    expect(basename(path, '.mjs')).toBe(basename(source, '.ts'));
});
