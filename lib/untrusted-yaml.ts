import { type Document, isAlias, isScalar, LineCounter, parseDocument, visit } from 'yaml';

/**
 * Parses YAML that somebody else wrote, in time in proportion to its length. The parser alone takes minutes for a kilobyte of maps that are
 * keys of maps, which it writes as text again and again, and seconds for thousands of keys or faults. Throws an Error that names the line.
 */
export function readYaml(text: string): unknown {
  const lines = new LineCounter();
  // Its own search for duplicate keys takes the square of their number, and so does its view of the line of each fault.
  const document = parseDocument(text, {
    schema: 'core',
    logLevel: 'error',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const fault = (words: string, at: number | undefined): Error => {
    const { line, col } = lines.linePos(at ?? 0);
    return new Error(`${words} at line ${line}, column ${col}`);
  };
  const [first] = document.errors;
  if (first) throw fault(first.message, first.pos[0]);
  const found = outOfBounds(document);
  if (found) throw fault(...found);
  return document.toJS({ maxAliasCount: 0 });
}

/** What no file needs, and its place. */
function outOfBounds(document: Document): [words: string, at: number | undefined] | undefined {
  let found: [string, number | undefined] | undefined;
  const stop = (words: string, at: number | undefined) => {
    found = [words, at];
    return visit.BREAK;
  };
  visit(document, {
    Alias: (_, { source, range }) => stop(`the alias *${source} is not allowed`, range?.[0]),
    Map: (_, { items }) => {
      const keys = new Set<string>();
      for (const { key } of items) {
        if (isAlias(key) || !isScalar(key))
          return stop('a key that is no text is not allowed', (key as Ranged)?.range?.[0]);
        if (keys.has(String(key.value))) return stop('a key is there twice', key.range?.[0]);
        keys.add(String(key.value));
      }
      return undefined;
    },
  });
  return found;
}
type Ranged = { range?: [number, number, number] | null } | null;
