import { shown } from './text.ts';

export type Instruction = {
  /** The source text, with the comments before it. */
  text: string;
  /** In capitals; COPY for `ONBUILD COPY …`. */
  name: string;
  flags: string[];
  words: string[];
};

/**
 * The instructions of a Dockerfile, with lines joined as BuildKit's parser does, which kaniko shares: a backslash continues a line
 * unless another one stands before it, and lines are joined without a space. Correct only for a file without `unreadable` parts.
 */
export function* instructionsOf(dockerfile: string): Generator<Instruction> {
  let [text, joined] = ['', ''];
  const next = (): Instruction => {
    const all = joined.trim().split(/\s+/);
    const [name = '', ...rest] = all[0]?.toUpperCase() === 'ONBUILD' ? all.slice(1) : all;
    const end = rest.findIndex((word) => !word.startsWith('--'));
    const [flags, words] = end < 0 ? [rest, []] : [rest.slice(0, end), rest.slice(end)];
    return { text, name: name.toUpperCase(), flags, words };
  };
  for (const line of dockerfile.split(/(?<=\n)/)) {
    text += line;
    if (/^\s*(#|$)/.test(line)) continue;
    const continued = line.replace(/(^|[^\\])\\[ \t]*\r?\n?$/, '$1');
    joined += continued;
    if (continued !== line) continue;
    yield next();
    [text, joined] = ['', ''];
  }
  if (joined) yield next();
}

/** The parts of a Dockerfile that this simple parser would misread, each with what is allowed. */
export function unreadable(dockerfile: string): string[] {
  const faults: string[] = [];
  if (/^\s*#\s*escape\s*=/im.test(dockerfile))
    faults.push('it sets another escape character; allowed is the default, a backslash');
  const space = /[^\S \t\r\n]|\r(?!\n)/.exec(dockerfile)?.[0].charCodeAt(0);
  if (space !== undefined) {
    const code = space.toString(16).toUpperCase().padStart(4, '0');
    faults.push(`it has white space U+${code}; allowed are spaces, tabs and line ends`);
  }
  for (const { name, flags, words } of instructionsOf(dockerfile)) {
    const rest = [...flags, ...words].join(' ');
    if (/^(RUN|COPY|ADD)$/.test(name) && rest.includes('<<'))
      faults.push(`${name} ${shown(rest)}: "<<" begins a heredoc; allowed is a script in a file`);
    // BuildKit searches the end of a flag byte by byte, and reads the second byte of `à` as a space.
    for (const flag of flags)
      if (/[^!-~]|["'\\]/.test(flag))
        faults.push(`${name} ${shown(flag)}: allowed are ASCII flags without quotes and backslashes`);
  }
  return faults;
}
