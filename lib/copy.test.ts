import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, expect, test } from '@jest/globals';
import { copyPlain } from './copy.ts';
import { temporaryFolder } from './temporary-folder.testing.ts';

const folder = temporaryFolder();
const from = (path = '') => folder('from', path);
const to = (path = '') => folder('to', path);
beforeEach(() => {
  mkdirSync(from('a/b'), { recursive: true });
  writeFileSync(from('a/b/표'), 'text');
});

test('copies folders and files with their times, and without their modes', () => {
  chmodSync(from('a/b/표'), 0o4755);
  utimesSync(from('a/b/표'), 1, 2);
  expect(copyPlain(from(), to())).toEqual({ entries: 3, bytes: 4, leftOut: 0 });
  expect(readFileSync(to('a/b/표'), 'utf8')).toBe('text');
  const { mode, mtimeMs } = statSync(to('a/b/표'));
  expect([mode & 0o7777, mtimeMs]).toEqual([0o644, 2000]);
});

test('a name that is no UTF-8 stays what it is', () => {
  const name = Buffer.from([0x62, 0xff]);
  writeFileSync(Buffer.concat([Buffer.from(from()), Buffer.from('/'), name]), 'x');
  copyPlain(from(), to());
  expect(readdirSync(to(), { encoding: 'buffer' }).some((one) => one.equals(name))).toBe(true);
});

test('links, pipes and sockets are left out, and none is followed or waited for', () => {
  symlinkSync('/etc/passwd', from('file'));
  symlinkSync('/etc', from('a/folder'));
  execFileSync('mkfifo', [from('pipe')]);
  expect(copyPlain(from(), to())).toEqual({ entries: 6, bytes: 4, leftOut: 3 });
  expect(readdirSync(to()).concat(readdirSync(to('a')))).toEqual(['a', 'b']);
});

test('a link for the folder itself is left out, and a file is copied alone', () => {
  symlinkSync(from(), folder('link'));
  expect(copyPlain(folder('link'), to())).toEqual({ entries: 1, bytes: 0, leftOut: 1 });
  expect(copyPlain(from('a/b/표'), to())).toEqual({ entries: 1, bytes: 4, leftOut: 0 });
  expect(readFileSync(to(), 'utf8')).toBe('text');
});

test('more bytes than allowed are refused before they are copied, also of a file that has none', () => {
  writeFileSync(from('large'), '');
  truncateSync(from('large'), 2 ** 31);
  expect(() => copyPlain(from(), to())).toThrow('bytes: given "more", allowed at most 1073741824');
  expect(existsSync(to('large'))).toBe(false);
});

test('what is not there is left out', () => {
  expect(copyPlain(from('missing'), to())).toEqual({ entries: 1, bytes: 0, leftOut: 1 });
  expect(existsSync(to())).toBe(false);
});

test('a file larger than what is read at a time is copied whole, and no file stays open', () => {
  const open = () => readdirSync('/proc/self/fd').length;
  const [before, content] = [open(), Buffer.from('가나다'.repeat(300_000))];
  writeFileSync(from('large'), content);
  copyPlain(from(), to());
  expect(readFileSync(to('large')).equals(content)).toBe(true);
  expect(() => copyPlain(from(), to('again'), { entries: 100, bytes: 4 })).toThrow('bytes: given');
  expect(open()).toBe(before);
});

test('as many entries and bytes as allowed are copied', () => {
  expect(copyPlain(from(), to(), { entries: 3, bytes: 4 })).toMatchObject({ entries: 3, bytes: 4 });
});

test('more entries than allowed are refused', () => {
  for (let at = 0; at < 20; at++) writeFileSync(from(`${at}`), '');
  expect(() => copyPlain(from(), to(), { entries: 10, bytes: 100 })).toThrow(
    'entries: given "more", allowed at most 10',
  );
  expect(readdirSync(to()).length).toBeLessThanOrEqual(10);
});
