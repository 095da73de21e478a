import { expect, test } from '@jest/globals';
import { oneLine, shown } from './text.ts';

test('text keeps what people write', () => {
  expect(oneLine('  예매 \t 고침 ✅ (#12)\n', 200)).toBe('예매 고침 ✅ (#12)');
  expect(oneLine('👨‍👩‍👧‍👦', 200)).toBe('👨‍👩‍👧‍👦');
  expect(oneLine('💥💥💥', 2)).toBe('💥💥');
});

test.each([
  ['a\r\nb', 'a b'],
  ['a\u0085b', 'a b'],
  ['a\u2028\u2029b', 'a b'],
  ['a\u202eb', 'a b'],
  ['\ufeffa', 'a'],
  ['a\ud800b', 'a b'],
  ['a\u{1fffe}b', 'a b'],
  ['a\u0000\u001b[31mb', 'a [31mb'],
])('%j is one line of inert text', (text, line) => {
  expect(oneLine(text, 200)).toBe(line);
});

test('a cut leaves no blank at the end, and does not split a character', () => {
  expect(oneLine('ab cd', 3)).toBe('ab');
  expect(oneLine('  abcd', 3)).toBe('abc');
  expect(oneLine('x💥y', 2)).toBe('x💥');
});

test('a text of any size costs no more than its limit', () => {
  const started = performance.now();
  expect(oneLine('\u0000'.repeat(50_000_000), 10)).toBe('');
  expect(performance.now() - started).toBeLessThan(1_000);
});

test.each([
  [undefined, 'nothing'],
  ['', 'nothing'],
  ['latest', '"latest"'],
  ['a\nb "c"', '"a b \\"c\\""'],
  [80, '80'],
  [false, 'false'],
  [null, 'null'],
  [{ cpu: 1 }, '{"cpu":1}'],
  ['x'.repeat(80), `"${'x'.repeat(80)}"`],
  ['x'.repeat(81), `"${'x'.repeat(79)}…"`],
])('an error message shows %j as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});
