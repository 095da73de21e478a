import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const rows = readFileSync('docs/guarantees.md', 'utf8')
  .split('\n')
  .map((line) => /^\| (?:G\d+ )?\| .* \| `([^`]+)`: (.*) \|$/.exec(line))
  .filter((found) => found !== null);

test('there is a row for each promise', () => {
  expect(rows.length).toBeGreaterThan(20);
});

test.each(rows.map(([, file, title]) => [title, file] as [string, string]))('the test "%s" is there', (title, file) => {
  expect(readFileSync(file, 'utf8')).toContain(title);
});
