import { expect, test } from '@jest/globals';
import { localImages } from '../overlays/sites/local.testing.ts';
import { local, storesByDefault } from '../overlays/sites/local.ts';
import { phases } from './up.ts';
import { isMeasured } from './weights.ts';

test.each([
  { sonarqube: true, stores: true, monitoring: true },
  { sonarqube: true, stores: false, monitoring: true },
  { sonarqube: false, stores: true, monitoring: false },
  { sonarqube: false, stores: false, monitoring: false },
])('with %j every phase stands after what it needs, under a name of its own', (parts) => {
  const list = phases(parts);
  list.forEach(({ needs }, index) => {
    expect(list.slice(0, index)).toEqual(expect.arrayContaining(Object.values(needs)));
  });
  expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
});

test('without the stores nothing of theirs is built, downloaded or started', () => {
  const names = (stores: boolean) => phases({ sonarqube: true, stores, monitoring: true }).map(({ name }) => name);
  const more = names(true).filter((name) => !names(false).includes(name));
  expect(more.sort()).toEqual([
    'compile dynoxide',
    'compile stores',
    'engine stores',
    'file system stores',
    'modules dynoxide',
    'modules kafka',
    'modules stores',
    'seoul: access to stores',
    'seoul: stores',
    'tokyo: access to stores',
    'tokyo: stores',
  ]);
});

test('what only tests need is not made', () => {
  const names = phases({ sonarqube: true, stores: true, monitoring: true }).map(({ name }) => name);
  expect(names).toContain('file system python');
  expect(names).not.toContain('file system browser');
});

test('without the monitoring nothing of it is built, downloaded or copied', () => {
  const parts = phases({ sonarqube: true, stores: true, monitoring: false }).filter(({ part }) => part !== undefined);
  expect(new Set(parts.map(({ part }) => part))).toEqual(new Set(['monitoring']));
  const engines = ['kube-state-metrics', 'monitoring'];
  expect(parts.map(({ name }) => name).sort()).toEqual([
    ...engines.map((name) => `compile ${name}`),
    ...engines.map((name) => `engine ${name}`),
    ...engines.map((name) => `modules ${name}`),
    'seoul: images monitoring',
    'tokyo: images monitoring',
  ]);
});

test('the longest build that nothing else waits for comes last', () => {
  const list = phases({ sonarqube: true, stores: true, monitoring: true });
  for (const lane of ['modules', 'compile'] as const)
    expect(list.filter((phase) => phase.lane === lane).at(-1)?.name).toBe(`${lane} dynoxide`);
});

test('every build, download and file system has a measured weight', () => {
  const long = phases({ sonarqube: true, stores: true, monitoring: true }).filter(
    ({ name, lane }) => lane !== undefined || name.startsWith('file system'),
  );
  expect(long.map(({ name }) => name).filter((name) => !isMeasured(name))).toEqual([]);
});

// Stories read the objects of the platform from the tree of the site.
test('up and the site agree on whether there are stores by default', () => {
  expect(local(localImages).stores !== undefined).toBe(storesByDefault);
});
