import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const texts = new Map<string, string>();
const textOf = (file: string): string => {
  const text = texts.get(file) ?? readFileSync(file, 'utf8').replaceAll("\\'", "'");
  texts.set(file, text);
  return text;
};

/** The only file in `files` with a test of this title, as the first argument of a call. Throws if there is none, or several. */
export function fileOf(title: string, files: readonly string[], folder = '.'): string {
  const call = new RegExp(`\\(\\s*(['"\`])${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\1,`);
  const found = files.filter((file) => call.test(textOf(join(folder, file))));
  const [file] = found;
  if (!file || found.length > 1)
    throw new Error(`the test ${JSON.stringify(title)}: given ${found.join(', ') || 'no file'}, allowed exactly one`);
  return file;
}
