import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const readme = readFileSync('README.md', 'utf8');
const shell = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  (block as string).trim().split('\n'),
);
const scripts = shell.map((line) => line.match(/^(?:sudo|\w+=\S+) (scripts\/\S+)/)?.[1] as string);

test('every command of the README is a script that explains itself', () => {
  expect(scripts).not.toContain(undefined);
  for (const script of scripts) expect(execFileSync(script, ['--help'], { encoding: 'utf8' })).toContain(script);
});

test('every script that a person runs stands in the README', () => {
  const all = readdirSync('scripts').filter((name) => !name.includes('.') && name !== 'node');
  expect(all.map((name) => `scripts/${name}`).sort()).toEqual([...new Set(scripts)].sort());
});

test('every file and folder that the README names is there', () => {
  const named = [...readme.matchAll(/`([a-z]+[\w-]*\/[\w./-]*|[\w-]+\.ts)`/g)].map(([, path]) => path as string);
  expect(named.length).toBeGreaterThan(12);
  for (const path of named) expect([path, existsSync(path)]).toEqual([path, true]);
});
