import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { markUsed, unused } from './collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'collect-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('an engine that no checkout used for two weeks is unused, until one uses it again', () => {
  const [recent, old, older] = ['recent-1', 'old-2', 'older-3'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const [path, days] of [
    [recent, 13],
    [old, 15],
    [older, 100],
  ] as const) {
    mkdirSync(path);
    const then = new Date(Date.now() - days * 86_400_000);
    utimesSync(path, then, then);
  }
  expect(unused(folder)).toEqual([old, older]);
  markUsed([old, join(folder, 'not-built-yet')]);
  expect(unused(folder)).toEqual([older]);
});
test('there is nothing unused in a folder that is not there', () => {
  expect(unused(join(folder, 'missing'))).toEqual([]);
});
