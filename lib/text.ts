/**
 * One line of inert text out of anything: commit subjects and author names are chosen by whoever may push. Control characters, line
 * separators, direction overrides and lone surrogates become spaces (Go's YAML reader takes U+0085 and U+2028 for line breaks, so
 * quoting alone would not hold them). The joiners U+200C and U+200D stay: Persian and emoji need them. `limit` counts code points.
 */
export function oneLine(text: string, limit: number): string {
  // The first cut keeps the work bounded for a message of any size; a character takes at most two units.
  const clean = text
    .slice(0, limit * 8)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}]|(?![\u200c\u200d])\p{Cf}/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return [...clean].slice(0, limit).join('').trim();
}

/** A value as an error message shows it: on one line, short, and text in quotes. */
export function shown(value: unknown): string {
  if (value === undefined || value === '') return 'nothing';
  const text = oneLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)), 81);
  const short = [...text].length > 80 ? `${[...text].slice(0, 79).join('')}…` : text;
  return typeof value === 'string' ? JSON.stringify(short) : short;
}
