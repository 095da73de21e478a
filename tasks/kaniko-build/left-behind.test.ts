import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { leftBehind } from './left-behind.ts';

const folder = temporaryFolder();

test('an image whose build wrote to a mount is refused with the names', () => {
  mkdirSync(folder('app'));
  symlinkSync('/etc/passwd', folder('b\n'));
  for (const name of ['c', 'd']) writeFileSync(folder(name), '');
  expect(leftBehind(folder())).toBe(
    `Dockerfile: the build wrote "${folder()}/app", "${folder()}/b", "${folder()}/c" and 1 more, and ${folder()} is a mount, so the image lacks it; use another folder, and set WORKDIR if the base image is in this one`,
  );
});

test('a build that wrote nothing there passes, also where nothing is mounted', () => {
  expect(leftBehind(folder())).toBeUndefined();
  expect(leftBehind(folder('none'))).toBeUndefined();
});
