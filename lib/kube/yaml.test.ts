import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { toYaml } from './yaml.ts';

const odd = [
  ...[
    '',
    ' ',
    'a: b',
    'a:',
    ':a',
    'a #b',
    '#a',
    '- a',
    '-',
    '--flag=x',
    '&a',
    '*a',
    '!a',
    '%a',
    '@a',
    '`a',
    '?',
    '|',
    '>',
    '{a}',
    '[a]',
  ],
  ...[
    'true',
    'No',
    'on',
    'Y',
    'null',
    '~',
    '.inf',
    '1',
    '1.5',
    '1e3',
    '0x1f',
    '0o7',
    '1_000',
    '12:30:45',
    '2026-11-23',
    '500m',
    '<<',
    '=',
  ],
  ...[
    'a\tb',
    'tab\t',
    ' a',
    'a ',
    'a\\b',
    '"a"',
    "'a'",
    'ends with colon:',
    'a\u0085b',
    'a\u2028b',
    '\ufeffa',
    '\u0000',
    '\u007f',
    '예매',
    '🎫',
  ],
  ...[
    'a\nb',
    'a\nb\n',
    'a\n\nb\n',
    '\na\n',
    'a\n\n',
    '  a\nb\n',
    'a \nb\n',
    'a\n  b\n',
    'a\r\nb\r\n',
    'a\n\tb\n',
    '#!/bin/sh\nset -eu\necho "$A"\n',
    '\n',
    '---\na\n',
    'a\n# b\n',
  ],
  ...[
    'registry.internal:5000/x@sha256:ab',
    '/a;/b',
    '$(params.x[*])',
    '../../x',
    'http://a.b/c?d=e&f',
    'Prune=false,Delete=false',
  ],
];

test('every text comes back as it was, by the rules of YAML 1.1 and 1.2, as value, as item and as key', () => {
  for (const text of odd)
    for (const version of ['1.1', '1.2'] as const)
      for (const object of [{ a: text }, { a: [text] }, { a: { b: [{ c: text, d: [[text]] }] } }, { [text]: 1 }])
        expect(parse(toYaml(object), { version })).toEqual(object);
});

test('structures come back as they were, without what is undefined', () => {
  const object = { a: { b: [], c: {}, d: [[1, [2, []]], {}, { e: null, f: [{ g: true, h: 1.5 }] }] }, i: -1, j: 1e21 };
  expect(parse(toYaml({ ...object, gone: undefined }))).toEqual(object);
});

test('text for people stands bare, and a script as a block', () => {
  expect(toYaml({ kind: 'Task', list: ['a b', { x: 1, z: 'yes' }], script: 'set -eu\n\necho "$A"\n', none: [] })).toBe(
    `kind: Task
list:
  - a b
  - x: 1
    z: "yes"
script: |
  set -eu

  echo "$A"
none: []
`,
  );
});

test('what is no number is refused', () => {
  expect(() => toYaml({ a: Number.NaN })).toThrow('NaN');
});
