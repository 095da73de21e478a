import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { leftBehind } from './left-behind.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'left-behind-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('an image whose build wrote to a mount is refused with the names', () => {
  mkdirSync(join(folder, 'app'));
  symlinkSync('/etc/passwd', join(folder, 'b\n'));
  for (const name of ['c', 'd']) writeFileSync(join(folder, name), '');
  expect(leftBehind(folder)).toBe(
    `Dockerfile: the build wrote "${folder}/app", "${folder}/b", "${folder}/c" and 1 more, and ${folder} is a mount, so the image lacks it; use another folder, and set WORKDIR if the base image is in this one`,
  );
});

test('a build that wrote nothing there passes, also where nothing is mounted', () => {
  expect(leftBehind(folder)).toBeUndefined();
  expect(leftBehind(join(folder, 'none'))).toBeUndefined();
});
