import { expect, test } from '@jest/globals';
import { contains, overlap, parseCidr, type Range, subnet } from './cidr.ts';

const range = (text: string) => parseCidr(text) as Range;

test('a range is its first address and its size', () => {
  expect(parseCidr('10.1.0.0/16')).toEqual({ first: 10 * 2 ** 24 + 2 ** 16, size: 65536, prefix: 16 });
  expect(parseCidr('0.0.0.0/0')).toEqual({ first: 0, size: 2 ** 32, prefix: 0 });
});

test.each(['10.1.0.1/16', '10.256.0.0/16', '10.0.0.0/33', '10.0.0.0', '10.0.0/8', 'ten', '', '10.0.0.0/16 '])(
  'no range: %s',
  (text) => expect(parseCidr(text)).toBeUndefined(),
);

test('ranges overlap where they share an address, and touching ones do not', () => {
  expect(overlap(range('10.0.0.0/16'), range('10.0.128.0/17'))).toBe(true);
  expect(overlap(range('10.0.128.0/17'), range('10.0.0.0/16'))).toBe(true);
  expect(overlap(range('10.0.0.0/16'), range('10.1.0.0/16'))).toBe(false);
  expect(contains(range('10.0.0.0/8'), range('10.1.0.0/16'))).toBe(true);
  expect(contains(range('10.1.0.0/16'), range('10.0.0.0/8'))).toBe(false);
});

test('parts of a range follow one another, and there is none behind its end', () => {
  expect([0, 1, 7].map((index) => subnet('10.10.0.0/16', 19, index))).toEqual([
    '10.10.0.0/19',
    '10.10.32.0/19',
    '10.10.224.0/19',
  ]);
  expect(() => subnet('10.10.0.0/16', 19, 8)).toThrow('has no part 8 of /19');
  expect(() => subnet('10.10.0.0/16', 8, 0)).toThrow('has no part');
});
