import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';
import { check } from 'recheck';

/**
 * Code that reads what somebody else wrote: a push, a delivery, a report, a log. An expression that needs the square of its input's length
 * lets a file of some kilobytes hold up a run for minutes.
 */
const folders = ['alerts', 'dr', 'jobs', 'lib', 'notifier', 'tasks'];
/** These read what this repository itself generates. */
const own = /^lib\/rules\/|^lib\/kube\/(tekton|render)\.ts$/;
const tests = /\.(test|testing|fake)\.ts$|\/testing\//;

type Found = { file: string; pattern: string; flags: string };

/** Every literal of a file, and every call of RegExp, whose pattern nobody can see. */
function expressionsOf(file: string, text: string): { literals: Found[]; calls: number } {
  const literals: Found[] = [];
  let calls = 0;
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const child of node) walk(child);
    if (node === null || typeof node !== 'object' || Array.isArray(node)) return;
    const { type, pattern, flags, callee } = node as Record<string, unknown>;
    if (type === 'RegExpLiteral') literals.push({ file, pattern: String(pattern), flags: String(flags) });
    if ((callee as { value?: string } | undefined)?.value === 'RegExp') calls++;
    for (const child of Object.values(node)) walk(child);
  };
  walk(parseSync(text, { syntax: 'typescript', target: 'es2023' }));
  return { literals, calls };
}

/** Bounded by steps alone: what a busy machine did not try in time would count as vulnerable. */
const steps = { attackTimeout: null, seedingTimeout: null, incubationTimeout: null };
const judged = ({ pattern, flags }: Found) => check(pattern, flags, { timeout: 60_000, ...steps });

/** Those that this very judge found linear before: all of them take it 20 s of a core, and a fresh checkout still has to. */
const { version } = JSON.parse(readFileSync('node_modules/recheck/package.json', 'utf8'));
const remembered = `node_modules/.cache/expressions/${version}.json`;
const nameOf = ({ pattern, flags }: Found) => `/${pattern}/${flags}`;

test('the check finds an expression that is not linear', async () => {
  const { literals, calls } = expressionsOf('x.ts', 'const a = /^\\s*#\\s*escape\\s*=/im; const b = new RegExp(c);');
  expect([(await Promise.all(literals.map(judged))).map(({ status }) => status), calls]).toEqual([['vulnerable'], 1]);
});

test('G28: every regular expression that reads a push, a delivery, a report or a log takes time in proportion to its length', async () => {
  const files = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts') && !tests.test(file) && !own.test(file));
  const found = files.map((file) => ({ file, ...expressionsOf(file, readFileSync(file, 'utf8')) }));
  expect(found.filter(({ calls }) => calls > 0).map(({ file }) => file)).toEqual([]);
  const literals = [
    ...new Map(found.flatMap(({ literals }) => literals).map((one) => [`${one.pattern}/${one.flags}`, one])).values(),
  ];
  expect(literals.length).toBeGreaterThan(50);
  const before: string[] = existsSync(remembered) ? JSON.parse(readFileSync(remembered, 'utf8')) : [];
  const safe = new Set(before);
  const faults: string[] = [];
  for (const one of literals.filter((one) => !safe.has(nameOf(one)))) {
    const { status } = await judged(one);
    if (status === 'safe') safe.add(nameOf(one));
    else faults.push(`${one.file}: ${nameOf(one)} is ${status}`);
  }
  mkdirSync(dirname(remembered), { recursive: true });
  writeFileSync(remembered, JSON.stringify([...safe]));
  expect(faults).toEqual([]);
}, 120_000);
