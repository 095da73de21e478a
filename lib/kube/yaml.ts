/**
 * YAML for plain data, in block style, one way to write each value: the same data gives the same bytes. It knows no more than what
 * Kubernetes objects need and is some ten times faster than a general writer, which matters at 20,000 objects; the tests read its
 * output back with the general reader.
 */

/** What stands bare: no reader of YAML 1.1 or 1.2 takes it for anything but this text. Everything else is quoted as in JSON. */
const bare = /^[A-Za-z/](?:[-\w./@+$,()]|:(?=[\w/])| (?=[\w/(]))*$/;
const words = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
/** Lines that a literal block gives back unchanged: printable, and no line that ends in a space, which an editor might cut. */
const literal =
  /^(?:[\x21-\x7e\u00a1-\u2027\u2030-\ud7ff](?:[\x20-\x7e\t\u00a1-\u2027\u2030-\ud7ff]*[\x21-\x7e\u00a1-\u2027\u2030-\ud7ff])?\n)(?:(?:[\x20-\x7e\t\u00a1-\u2027\u2030-\ud7ff]*[\x21-\x7e\u00a1-\u2027\u2030-\ud7ff])?\n)*$/;

function scalar(value: unknown): string {
  if (typeof value === 'string') {
    if (bare.test(value) && !(value.length < 6 && words.test(value))) return value;
    // Go's reader takes these for line breaks, also inside quotes; JSON leaves them as they are.
    return JSON.stringify(value).replace(
      /[\x7f-\xa0\u2028\u2029\ufeff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} is no number for a manifest`);
  return JSON.stringify(value);
}

function block(value: unknown, indent: string, lines: string[], lead: string): void {
  if (typeof value === 'string' && value.includes('\n')) {
    const ends = value.endsWith('\n');
    const text = ends ? value : `${value}\n`;
    if (literal.test(text) && !text.endsWith('\n\n')) {
      lines.push(`${lead} |${ends ? '' : '-'}`);
      for (const line of text.slice(0, -1).split('\n')) lines.push(line === '' ? '' : `${indent}${line}`);
      return;
    }
  }
  if (Array.isArray(value)) {
    if (value.length === 0) lines.push(`${lead} []`);
    else {
      lines.push(lead);
      sequence(value, indent, lines);
    }
  } else if (value !== null && typeof value === 'object') {
    if (Object.keys(value).length === 0) lines.push(`${lead} {}`);
    else {
      lines.push(lead);
      mapping(value as Record<string, unknown>, indent, lines);
    }
  } else lines.push(`${lead} ${scalar(value)}`);
}

function mapping(object: Record<string, unknown>, indent: string, lines: string[], first = indent): void {
  let before = first;
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    block(value, `${indent}  `, lines, `${before}${scalar(key)}:`);
    before = indent;
  }
}

function sequence(list: unknown[], indent: string, lines: string[]): void {
  for (const entry of list) {
    const isMapping =
      entry !== null && typeof entry === 'object' && !Array.isArray(entry) && Object.keys(entry).length > 0;
    if (isMapping) mapping(entry as Record<string, unknown>, `${indent}  `, lines, `${indent}- `);
    else block(entry, `${indent}  `, lines, `${indent}-`);
  }
}

/** Keys stay in the order given. Throws for what YAML has no word for (NaN, infinities); undefined fields are left out. */
export function toYaml(object: Record<string, unknown>): string {
  const lines: string[] = [];
  mapping(object, '', lines);
  return `${lines.join('\n')}\n`;
}
