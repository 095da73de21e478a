import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { passwords } from './passwords.ts';

const folder = mkdtempSync(join(tmpdir(), 'passwords-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('passwords stay, differ by engine and account, and only root reads what they are made of', () => {
  const made = passwords(join(folder, 'stores'));
  const again = passwords(join(folder, 'stores'));
  expect(again('kafka', 'prod.ticket')).toBe(made('kafka', 'prod.ticket'));
  expect(made('s3', 'a')).not.toBe(made('kafka', 'a'));
  expect(made('kafka', 'a')).not.toBe(made('kafka', 'b'));
  expect(passwords(join(folder, 'others'))('kafka', 'a')).not.toBe(made('kafka', 'a'));
  expect(statSync(join(folder, 'stores')).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'stores/key')).mode & 0o777).toBe(0o600);
});
