import { expect, test } from '@jest/globals';
import { duration, printable } from './text.ts';

test('short text stays as it is; long text is cut between graphemes, the ellipsis within the limit', () => {
  expect(printable('커밋 메시지', 20)).toBe('커밋 메시지');
  expect(printable('커밋 메시지', 6)).toBe('커밋 메시지');
  expect(printable('커밋 메시지', 4)).toBe('커밋…');
  // Nothing is left of the part that is looked at, and more follows.
  expect(printable(`${' '.repeat(50)}x`, 10)).toBe('…');
  const family = '👨‍👩‍👧‍👦';
  expect(printable(family.repeat(3), 2 * family.length + 3)).toBe(`${family}${family}…`);
  const jamo = '각'.normalize('NFD'); // three code points, one syllable
  expect(printable(jamo.repeat(3), 8)).toBe(`${jamo}${jamo}…`);
  expect(printable(`e${'\u0301'.repeat(100_000)}`, 50)).toBe('…');
});

test('control characters, overrides and halves of characters go; lines stay only where asked', () => {
  expect(printable('a\u0000\u001b[2Jb\u202ec\ud83d', 50)).toBe('a[2Jbc');
  expect(printable(' a\r\n\tb ', 50)).toBe('a b');
  expect(printable('a  \r\nb\u2028c\rd\te', 50, { lines: true })).toBe('a\nb\nc\nd e');
});

test('the limit holds in the measure that is given', () => {
  const size = (text: string) => text.replaceAll('<', '&lt;').length;
  expect(printable('<<<<<<', 13, { size })).toBe('<<<…');
});

test.each([
  [0, '0s'],
  [59.4, '59s'],
  [60, '1m 0s'],
  [92, '1m 32s'],
  [3600, '1h 0m'],
  [7500, '2h 5m'],
  [-3, '0s'],
])('%s seconds read %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
