import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repository } from '../local/topology.ts';
import { core, stories } from './stories.ts';

const suffix = '.e2e.test.ts';

test('each file of a story is in the list, with the core story', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(suffix));
  const named = stories.filter(({ match }) => match === undefined).map(({ name }) => name);
  expect(named.map((name) => `${name}${suffix}`).sort()).toEqual(files.sort());
  expect(named).toContain(core);
});

test.each(stories)('the sources of $name are there: files, and folders with a slash', ({ sources }) => {
  const isRight = (source: string) =>
    existsSync(join(repository, source)) && statSync(join(repository, source)).isDirectory() === source.endsWith('/');
  expect(sources.filter((source) => !isRight(source))).toEqual([]);
});

// Another story may have cut off a region, or be ending it.
test.each(stories.filter(({ apart }) => apart))(
  '$name, which runs beside others, asks nothing of the platform',
  ({ match = '' }) => {
    const files = globSync(match, { cwd: repository, exclude: ['**/node_modules', 'services'] });
    expect(files).not.toEqual([]);
    const asks = /from '.*(local\/region\/|e2e\/platform|local\/loop)/;
    expect(files.filter((file) => asks.test(readFileSync(join(repository, file), 'utf8')))).toEqual([]);
  },
);

test.each(readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts')))(
  '%s fits on a few screens',
  (file) => {
    expect(readFileSync(join(import.meta.dirname, file), 'utf8').split('\n').length).toBeLessThanOrEqual(251);
  },
);

// A process that stands still for the minutes of an `up` fails with the next request, on a connection that was closed meanwhile.
test.each(readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts')))(
  '%s waits for no other process in the way of its own',
  (file) => {
    expect(readFileSync(join(import.meta.dirname, file), 'utf8')).not.toMatch(/\b(spawn|exec|execFile)Sync\b/);
  },
);
