/** The table of docs/guarantees.md: a promise a row, the test that carries it out, and how that ended the last time it was recorded. */

const row = /^\| ((?:(G\d+) )?\| .* \| `([^`]+)`: (.*?)) \|(?: ([^|]*) \|)?$/;

/** Number, file and title of the test of each row. */
export const promised = (markdown: string): { number: string | undefined; file: string; title: string }[] =>
  markdown
    .split('\n')
    .map((line) => row.exec(line))
    .filter((found) => found !== null)
    .map(([, , number, file, title]) => ({ number, file: file as string, title: title as string }));

/** One test as jest's JSON tells it, with its file as the table names it. */
export type Result = { file: string; title: string; status: string };

/** The table with the results in it. A test of several cases has `%s` or `%j` in its title, and passed if all of them did; what did not run stays as it was. */
export function recorded(markdown: string, results: readonly Result[], when: string): string {
  const of = (file: string, title: string) => {
    const parts = title.split(/%[sj]/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('.+')}$`);
    return results.filter((result) => result.file === file && pattern.test(result.title));
  };
  return markdown
    .split('\n')
    .map((line) => {
      const [, all, , file = '', title = ''] = row.exec(line) ?? [];
      const found = of(file, title);
      if (!all || found.length === 0) return line;
      return `| ${all} | ${found.every(({ status }) => status === 'passed') ? 'passed' : 'failed'} ${when} |`;
    })
    .join('\n');
}
