import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repository } from '../topology.ts';
import { aligned, compareVersions } from './align.ts';
import { apart, type EngineName, edited, engineFolder, engines, sources } from './engines.ts';

const modules = [...new Set(Object.values(engines).map(({ module }) => module))].filter(
  (name) => !apart.includes(name),
);
const goMod = (module: string) => readFileSync(join(repository, 'engines', module, 'go.mod'), 'utf8');

/** Version and replacement of each module that a go.mod requires. */
const pins = (text: string): Record<string, string> => {
  const replaced = Object.fromEntries(
    [...text.matchAll(/^replace (\S+) => (.+)$/gm)].map(([, path, by]) => [path as string, by as string]),
  );
  return Object.fromEntries(
    [...text.matchAll(/^(?:require )?\t?(\S+) (v\d\S+)(?: \/\/ indirect)?$/gm)].map(([, path, version]) => [
      path as string,
      `${version} ${replaced[path as string] ?? ''}`,
    ]),
  );
};

describe('what makes a cold start short', () => {
  test('a library of two engines has one version, so that it is compiled once', () => {
    const versions = new Map<string, Map<string, string[]>>();
    for (const module of modules)
      for (const [path, pin] of Object.entries(pins(goMod(module)))) {
        const users = versions.get(path) ?? new Map<string, string[]>();
        users.set(pin, [...(users.get(pin) ?? []), module]);
        versions.set(path, users);
      }
    expect(versions.size).toBeGreaterThan(500);
    expect([...versions].filter(([, users]) => users.size > 1)).toEqual([]);
  });

  test('every stub stands in for a module of some engine', () => {
    const used = new Set(modules.flatMap((module) => goMod(module).match(/(?<==> \.\.\/none\/)\S+/g) ?? []));
    expect([...used].sort()).toEqual(readdirSync(join(repository, 'engines/none')).sort());
  });
});

test('an engine is another one when a stub that it has is changed', () => {
  expect(sources('scanner')).toContain(join(repository, 'engines/none/aws-ec2/ec2.go'));
  expect(sources('registry').some((file) => file.includes('/none/'))).toBe(false);
});

test('engines that share a module have folders of their own', () => {
  const folders = (Object.keys(engines) as EngineName[]).map(engineFolder);
  expect(new Set(folders).size).toBe(folders.length);
});

test('an edit of a text that is not there is refused', () => {
  expect(edited('a.go', 'one two', [['two', 'three']])).toBe('one three');
  expect(() => edited('a.go', 'one', [['two', 'three']])).toThrow('a.go: "two" is not there to be edited');
});

test('the highest version that any engine requires becomes that of all', () => {
  const one = 'require (\n\ta.example/x v1.9.0\n\ta.example/y v0.3.0-20260101000000-abcdef // indirect\n)\n';
  const two = 'require a.example/x v1.10.0 // indirect\nrequire a.example/y v0.3.0-rc.1\n';
  expect(aligned({ one, two })).toEqual({
    one: one.replace('v1.9.0', 'v1.10.0').replace('v0.3.0-20260101000000-abcdef', 'v0.3.0-rc.1'),
    two,
  });
  expect(['v2.0.0', 'v1.2.3', 'v1.2.3-rc.2', 'v1.2.3-rc.10', 'v1.2.3-0.20260101'].sort(compareVersions)).toEqual([
    'v1.2.3-0.20260101',
    'v1.2.3-rc.2',
    'v1.2.3-rc.10',
    'v1.2.3',
    'v2.0.0',
  ]);
});
