import { expect, test } from '@jest/globals';
import { processorMs } from './processor.testing.ts';
import { oneLine, shown, unlinked, withoutSlashes } from './text.ts';

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

test('a text of any size costs no more than its limit', async () => {
  const text = '\u0000'.repeat(50_000_000);
  expect(await processorMs(() => expect(oneLine(text, 10)).toBe(''))).toBeLessThan(1_000);
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

/** What Gitea 1.26 (modules/references) and GitHub's documentation take for more than text; GitHub's own code is not public. */
const references: [string, RegExp][] = [
  ['an issue or pull request', /[#!]\p{N}/u],
  ['an issue by its tracker', /(?:\b[A-Z]{1,10}|\bgh)-\d/],
  ['an issue by its tracker', /\bGH-\d/i],
  ['another repository', /[\w.-]+\/[\w.-]+(?:[#!]\d|@\w)/],
  ['a mention, or a time log', /(?:^|[^A-Za-z0-9_])@[-\w]/],
  ['a command of a tracker', /#\w/],
  ['a URL', /\bhttps?:\/\/\S/i],
  ['a URL of an issue', /\/(?:issues|pulls?|discussions|commit)\/\w/i],
  ['a workflow run to skip', /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i],
];
const found = (text: string) => references.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);

test.each([
  ['Closes #1', 'Closes # 1'],
  ['fixes: tickets/platform#2, resolves GH-3', 'fixes: tickets/platform# 2, resolves GH- 3'],
  ['예매 고침 ✅ (#12)', '예매 고침 ✅ (# 12)'],
  ['closes tickets/platform!4', 'closes tickets/platform! 4'],
  ['cc @kim @tickets/team', 'cc @ kim @ tickets/team'],
  ['closes https://github.com/tickets/platform/issues/1', 'closes https:// github.com/tickets/platform/issues/ 1'],
  [
    'closes HTTP://forge.internal:3000/tickets/platform/pulls/1',
    'closes HTTP:// forge.internal:3000/tickets/platform/pulls/ 1',
  ],
  ['tickets/platform@0123456', 'tickets/platform@ 0123456'],
  ['TICKET-1 #close', 'TICKET- 1 # close'],
  ['Fix it [skip ci]', 'Fix it [ skip ci]'],
])('a forge finds nothing in %j', (text, line) => {
  expect(found(text)).not.toEqual([]);
  expect(unlinked(text)).toBe(line);
  expect(found(line)).toEqual([]);
});

test.each([
  'Sell more',
  'C# and F# at 50%!',
  'a != b',
  '24/7, 2026-11-29',
  'utf-8',
  `"'; id # <!channel> \\ {{x}} 표 🎟`,
])('what names nothing stays as it is: %j', (text) => expect(unlinked(text)).toBe(text));

test('a forge finds nothing in any mixture of such texts, people read them as they were, and twice is as once', () => {
  const parts = [
    ...[
      'closes',
      'Fixes:',
      'resolve',
      'GH',
      'gh-',
      'ABC-',
      '#',
      '!',
      '@',
      '-',
      '/',
      '.',
      ':',
      '[',
      ']',
      '(',
      ')',
      ' ',
      '<',
      '&#',
    ],
    ...[
      '1',
      '42',
      '０',
      'kim',
      'tickets/platform',
      'https://',
      'github.com/',
      '/issues/',
      '/pull/',
      'skip ci',
      'ci skip',
    ],
    ...['\n', '\u200d', '\u200b', '\u202e', '\ufeff', '가', '🎟', '@1h', 'abcdef0', '\\', '*', '_', '`'],
  ];
  // The same every time: Numerical Recipes' generator.
  let state = 1;
  const next = (below: number) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
  let hostile = 0;
  for (let n = 0; n < 5_000; n++) {
    const text = oneLine(Array.from({ length: 1 + next(12) }, () => parts[next(parts.length)]).join(''), 200);
    const line = unlinked(text);
    if (found(text).length > 0) hostile++;
    const [words, again] = [line.replaceAll(' ', ''), unlinked(line)];
    expect([text, found(line), words, again]).toEqual([text, [], text.replaceAll(' ', ''), line]);
  }
  expect(hostile).toBeGreaterThan(1_000);
});

test.each([
  ['http://x', 'http://x'],
  ['http://x/y//', 'http://x/y'],
  ['//', ''],
  ['', ''],
])('%j has no slash at its end as %j', (given, expected) => {
  expect(withoutSlashes(given)).toBe(expected);
});
