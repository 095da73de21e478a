import { expect, test } from '@jest/globals';
import { secretsDeclared } from './secrets-declared.ts';
import { deployment, task } from './testing.ts';

const declared = [
  { namespace: 'dev', name: 'shop-key', keys: ['key'] },
  { namespace: 'ci', name: 'forge-read', keys: ['token'] },
];
const env = (name: string, key: string) => ({ env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name, key } } }] });

test('a variable from a Secret that is declared is right, and one with a value is none', () => {
  expect(secretsDeclared([deployment(env('shop-key', 'key'))], declared)).toEqual([]);
  expect(secretsDeclared([task(env('forge-read', 'token'))], declared)).toEqual([]);
  expect(secretsDeclared([deployment({ env: [{ name: 'KEY', value: 'x' }] })], declared)).toEqual([]);
});

test.each([
  ['a Secret that nobody declares', deployment(env('shop-keys', 'key'))],
  ['another key', deployment(env('shop-key', 'password'))],
  ['a Secret of another namespace', deployment(env('forge-read', 'token'))],
  ['a Secret of another namespace, in a step', task(env('shop-key', 'key'))],
])('%s is a fault', (_, object) => {
  expect(secretsDeclared([object], declared)).toEqual([expect.stringContaining('KEY: given ')]);
});
