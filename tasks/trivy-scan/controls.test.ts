import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { baseImages } from '../../overlays/images.ts';
import { bomOf, controls } from './controls.ts';

/** The distributions of public images, by a word of their names. */
const distributions = { bookworm: 'debian 12', debian12: 'debian 12', noble: 'ubuntu 24.04' };

test.each(['RUNTIME_IMAGE', 'JAVA_IMAGE', 'PYTHON_IMAGE'] as const)(
  'there is a control for the distribution of %s',
  (name) => {
    const [, distribution] = Object.entries(distributions).find(([word]) => baseImages[name].includes(word)) ?? [];
    expect(Object.keys(controls)).toContain(distribution);
  },
);

test('there is a control for the language of each stack', () => {
  const kinds = Object.values(controls).flatMap((packages) => packages.map(({ purl }) => purl.split('/')[0]));
  expect(kinds).toEqual(expect.arrayContaining(['pkg:golang', 'pkg:maven', 'pkg:pypi']));
});

test('the database of the embedded platform has each of them', () => {
  const known = JSON.parse(readFileSync('engines/scanner/database/advisories.json', 'utf8')) as Record<
    string,
    string
  >[];
  const ecosystems: Record<string, string> = { 'pkg:golang': 'go', 'pkg:maven': 'maven', 'pkg:pypi': 'pip' };
  for (const [distribution, packages] of Object.entries(controls))
    for (const { advisory, name, purl } of packages)
      expect(known).toContainEqual(
        expect.objectContaining({
          id: advisory,
          package: name,
          ecosystem: ecosystems[purl.split('/')[0] as string] ?? distribution,
        }),
      );
});

test('a bill of materials names the distribution and every package by its address', () => {
  const { bomFormat, components } = JSON.parse(bomOf('ubuntu 24.04', controls['ubuntu 24.04'] ?? []));
  expect(bomFormat).toBe('CycloneDX');
  expect(components).toMatchObject([
    { type: 'operating-system', name: 'ubuntu', version: '24.04' },
    {
      type: 'library',
      name: 'openssh',
      purl: expect.stringMatching(/^pkg:deb\/ubuntu\/openssh@.*distro=ubuntu-24\.04/),
    },
  ]);
});
