/** Deterministic hostile text. */
export function random(seed: number) {
  let state = seed >>> 0;
  /** xorshift32: small, and the same on every machine */
  const next = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
  const pick = <T>(from: readonly T[]): T => from[next(from.length)] as T;
  const pieces = [
    '<!channel>',
    '<!here|all>',
    '<@U012ABC>',
    '<http://evil.example|click here>',
    '&amp;',
    '&lt;',
    '&',
    '<',
    '>',
    '|',
    '`',
    '```',
    '*bold*',
    '~_',
    ':fire:',
    '한국어 커밋',
    '가각'.normalize('NFD'),
    '👨‍👩‍👧‍👦',
    '🇰🇷',
    'e\u0301\u0302\u0303',
    '\u0301'.repeat(40),
    '\u0000\u0007\u001b[31m',
    '\r\n',
    '\n\n\n',
    '\t',
    '\u2028',
    '\u202e',
    '\ud83d',
    '\udc00',
    '"\'\\',
    '$(touch /tmp/x)',
    ' ',
    'x',
    'word ',
  ] as const;
  /** Up to `most` pieces; sometimes nothing at all, sometimes one piece many times over. */
  const text = (most: number): string => {
    if (next(12) === 0) return '';
    if (next(6) === 0) return pick(pieces).repeat(1 + next(most));
    return Array.from({ length: 1 + next(most) }, () => pick(pieces)).join('');
  };
  return { next, pick, text };
}
