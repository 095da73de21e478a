import { expect, test } from '@jest/globals';
import { checkoutIn } from './checkout.ts';

test('a command line names the checkout that a sandbox was started from', () => {
  const line = (...more: string[]) =>
    ['unshare', '--mount', 'bash', '/home/kim/my work/local/sandbox/enter.sh', 'seoul', ...more, ''].join('\0');
  expect(checkoutIn(line('/logs/seoul:/logs', '/home/kim/my work/local:/platform-source'))).toBe('/home/kim/my work');
  expect(checkoutIn(line('/logs/seoul:/logs'))).toBeUndefined();
  expect(checkoutIn('')).toBeUndefined();
});
