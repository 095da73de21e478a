import { isUtf8 } from 'node:buffer';
import { shown } from './text.ts';

export type Instruction = {
  /** The source text, with the comments before it. */
  text: string;
  /** The line that it begins at, from 1. */
  line: number;
  /** In capitals. */
  name: string;
  flags: string[];
  /** What follows the flags, with continued lines joined. */
  rest: string;
};

// Go's unicode.IsSpace is JavaScript's \s with U+0085 and without U+FEFF, which is refused.
function trimmed(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s\u0085]/.test(text[end - 1] as string)) end--;
  return text.slice(indentOf(text).length, end);
}
const indentOf = (text: string) => /^[\s\u0085]*/.exec(text)?.[0] ?? '';
/** Bytes of a line with its end. BuildKit's scanner stops at 64 KiB. */
const longest = 65_535;
/** More than anybody reads, and less than fills the memory of a step. */
const enough = 100;
const known = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);
const code = (character: string) => `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * Reads a Dockerfile as BuildKit's parser does, which Kaniko shares, and refuses what the two might read in different ways. Both have to
 * see the same instructions: whoever pushes chooses every byte, and what is read here is what the provenance claims. The engine test
 * compares this reader with Kaniko's own.
 *
 * Every fault names its line. With a fault, the instructions are not to be relied on.
 */
export function readDockerfile(bytes: Uint8Array): { instructions: Instruction[]; faults: string[] } {
  const instructions: Instruction[] = [];
  const faults: string[] = [];
  const fault = (line: number, what: string) => faults.push(`line ${line}: ${what}`);
  let [text, joined, start, number] = ['', '', 0, 0];
  const end = () => {
    instructions.push(instructionOf(text, joined, start, (what) => fault(start, what)));
    [text, joined, start] = ['', '', 0];
  };
  for (const [raw, valid] of linesOf(bytes)) {
    if (faults.length >= enough) break;
    number++;
    // A unit of a string has at most three bytes.
    if (raw.length * 3 > longest && Buffer.byteLength(raw) > longest)
      fault(number, `is longer than the ${longest} bytes that Kaniko reads`);
    if (!valid) fault(number, 'is not UTF-8; save the file as UTF-8');
    const line = raw.replace(/\n$/, '').replace(/\r$/, '');
    const indent = indentOf(line);
    const content = line.slice(indent.length);
    const comment = content.startsWith('#');
    const control = (comment ? /[\0\r\ufeff]/ : /[^\P{Cc}\t]|\ufeff/u).exec(line);
    if (control)
      fault(number, `has ${code(control[0])}, which readers take in different ways; allowed are tabs and line ends`);
    if (comment && start === 0 && instructions.length === 0) directive(content, (what) => fault(number, what));
    text += raw;
    // Also between the lines of an instruction, which goes on behind them.
    if (comment || content === '') continue;
    const foreign = /[^ \t]/.exec(indent);
    if (foreign) fault(number, `begins with ${code(foreign[0])}; allowed are spaces and tabs`);
    const body = start === 0 ? content : line;
    start ||= number;
    // A backslash continues a line unless another one stands before it, and lines are joined without a space.
    const continued = body.replace(/(^|[^\\])\\[ \t]*$/, '$1');
    joined += continued;
    if (continued !== body) continue;
    const behind = /\\([\s\u0085]+)$/.exec(body)?.[1] ?? '';
    const hidden = /[^ \t]/.exec(behind);
    if (hidden)
      fault(number, `ends with a backslash and ${code(hidden[0])}, so it does not go on; remove what follows`);
    end();
  }
  if (start > 0) end();
  return { instructions, faults };
}

/** With its end, and whether it is UTF-8. BuildKit skips one byte order mark. */
function* linesOf(bytes: Uint8Array): Generator<[string, boolean]> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A line is text if all of them are: no byte of a longer character is a line end.
  const text = isUtf8(all);
  for (let at = all.indexOf('\ufeff') === 0 ? 3 : 0; at < all.length; ) {
    const next = all.indexOf(0x0a, at);
    const end = next < 0 ? all.length : next + 1;
    yield [all.toString('utf8', at, end), text || isUtf8(all.subarray(at, end))];
    at = end;
  }
}

/** Parser directives are comments on top. Any such comment counts: which ones are still on top, readers see in different ways. */
function directive(comment: string, fault: (what: string) => void): void {
  const [, name = '', value = ''] = /^#[\s\u0085]*(escape|syntax)[\s\u0085]*=([\s\S]*)/i.exec(comment) ?? [];
  const given = trimmed(value);
  if (given === '') return;
  if (name.toLowerCase() === 'escape' && given !== '\\')
    fault(`# escape: given ${shown(given)}, allowed the default, a backslash`);
  if (
    name.toLowerCase() === 'syntax' &&
    !/^(docker\.io\/)?docker\/dockerfile(:1[\w.-]*)?(@sha256:[0-9a-f]{64})?$/.test(given)
  )
    fault(`# syntax: given ${shown(given)}, allowed docker/dockerfile:1; Kaniko reads every file as that`);
}

function instructionOf(text: string, joined: string, line: number, fault: (what: string) => void): Instruction {
  const [, word = '', args = ''] = /^([^ \t]*)[ \t]*([\s\S]*)$/.exec(trimmed(joined)) ?? [];
  const name = /^[A-Za-z]*$/.test(word) ? word.toUpperCase() : '';
  if (name === 'ONBUILD')
    fault(
      'ONBUILD: runs where somebody builds on this image, unseen by its gates; write the instruction where it is to run',
    );
  else if (!known.has(name)) fault(`${shown(word)} is no instruction; allowed are ${[...known].join(', ')}`);
  const flags: string[] = [];
  let at = 0;
  for (const pattern = /--([^ \t]*)[ \t]*/y; pattern.test(args); at = pattern.lastIndex) {
    const flag = args.slice(at, pattern.lastIndex).trimEnd();
    if (flag === '--') {
      at = pattern.lastIndex;
      break;
    }
    // BuildKit searches the end of a flag byte by byte, and reads the second byte of `à` as a space.
    if (/[^!-~]|["'\\]/.test(flag))
      fault(`${name} ${shown(flag)}: allowed are ASCII flags without quotes and backslashes`);
    flags.push(flag);
  }
  const rest = args.slice(at);
  if (/^(RUN|COPY|ADD)$/.test(name) && stringsOf(rest) === undefined && beginsHeredoc(rest))
    fault(`${name} ${shown(rest)}: "<<" begins a heredoc; allowed is a script in a file`);
  return { text, line, name, flags, rest };
}

/**
 * Whether BuildKit might see a heredoc: a word that begins with `<<`. Its words end at white space outside quotes, also within `${…}`, where
 * quotes mean something else: there, every `<<` behind white space counts.
 */
function beginsHeredoc(rest: string): boolean {
  const simple = !/\$\{(?!\w+\})/.test(rest);
  const plain = simple ? rest.replace(quoted, 'q') : rest;
  return /(?:^|[\s\u0085])\d*<<-?[\s\u0085]*[^<\s\u0085]/.test(plain);
}

/** What is quoted in the text of a shell. What is quoted up to the end, BuildKit refuses. */
export const quoted = /\\[\s\S]|'[^']*(?:'|$)|"(?:\\[\s\S]|[^"\\])*(?:"|$)/g;

/** The elements of the JSON form; undefined where it is not the JSON form. */
export function stringsOf(rest: string): string[] | undefined {
  if (!rest.startsWith('[')) return undefined;
  try {
    const strings: unknown = JSON.parse(rest);
    return Array.isArray(strings) && strings.every((item) => typeof item === 'string') ? strings : undefined;
  } catch {
    return undefined;
  }
}

/** The words of COPY, ADD and FROM, in either form. */
export const wordsOf = (rest: string): string[] => stringsOf(rest) ?? rest.split(/[ \t]+/).filter(Boolean);
