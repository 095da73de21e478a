const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Control characters, lone surrogates, and the bidirectional overrides that make text read other than it is. */
const unprintable = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ufff9-\ufffb]/gu;

/**
 * Untrusted text made printable and at most `max` UTF-16 units long as measured by `size`, cut between graphemes (a Korean syllable
 * written as jamo, a flag, a family emoji stay whole) with an ellipsis. Cost depends on `max` alone: the input is windowed before
 * anything looks at it, since segmenting a megabyte takes seconds and one grapheme may itself be a megabyte of combining marks.
 */
export function printable(
  text: string,
  max: number,
  options: { lines?: boolean; size?: (text: string) => number } = {},
): string {
  const size = options.size ?? ((part: string) => part.length);
  const window = text.slice(0, 4 * max);
  const clean = (options.lines ? window.split(/\r\n?|\n|\u2028|\u2029/) : [window.replace(/\s+/gu, ' ')])
    .map((line) => line.replaceAll('\t', ' ').replace(unprintable, '').trimEnd())
    .join('\n')
    .trim();
  if (window.length === text.length && size(clean) <= max) return clean;
  let kept = '';
  let length = 1; // the ellipsis
  for (const { segment } of graphemes.segment(clean)) {
    length += size(segment);
    if (length > max) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Seconds as people say them: 8s, 1m 32s, 2h 5m. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${whole % 60}s`;
  return `${Math.floor(whole / 3600)}h ${Math.floor((whole % 3600) / 60)}m`;
}
