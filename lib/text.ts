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

/**
 * A line of which a forge makes no link, mention, reference or command: a blank parts the sign from what it would name. Without it the
 * robot's commit closes issue 1 of the platform repository because a commit of a service says `closes #1`, or mentions people. By the patterns
 * of Gitea (modules/references) and GitHub's documentation (autolinked references, linking a pull request to an issue, skipping
 * workflow runs).
 */
export const unlinked = (line: string): string =>
  line
    // #1, owner/repository#2, !3 (Gitea), @name, @organisation/team, owner/repository@commit, #close of trackers
    .replace(/[#@](?=[-\p{L}\p{N}_])|!(?=\p{N})/gu, '$& ')
    // GH-1, and ABC-1 of other trackers
    .replace(/(?:[A-Z]|[Gg][Hh])-(?=\p{N})/gu, '$& ')
    .replace(/:\/\/(?=\S)|\/(?:issues|pulls?|discussions|commit)\/(?=\S)/gi, '$& ')
    .replace(/\[(?=(?:skip|no|ci|actions)\b)/gi, '$& ');

/** A value as an error message shows it: on one line, short, and text in quotes. */
export function shown(value: unknown): string {
  if (value === undefined || value === '') return 'nothing';
  const text = oneLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)), 81);
  const short = [...text].length > 80 ? `${[...text].slice(0, 79).join('')}…` : text;
  return typeof value === 'string' ? JSON.stringify(short) : short;
}

/** Without slashes at its end; the expression `/\/+$/` takes the square of their number. */
export function withoutSlashes(address: string): string {
  let end = address.length;
  while (address[end - 1] === '/') end--;
  return address.slice(0, end);
}
