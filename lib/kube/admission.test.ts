import { expect, test } from '@jest/globals';
import { literal } from './admission.ts';

test('data become a CEL literal whose lists and maps have values of one type', () => {
  expect(literal({ a: 'x', b: 'y' })).toBe('{\n  "a": "x",\n  "b": "y"\n}');
  expect(literal([1, 2])).toBe('[\n  1,\n  2\n]');
  expect(literal({ a: 1, b: 'x' })).toBe('{\n  "a": dyn(1),\n  "b": dyn("x")\n}');
  expect(literal([{ a: 1 }, { b: 'x' }])).toBe('[\n  dyn({\n    "a": 1\n  }),\n  dyn({\n    "b": "x"\n  })\n]');
  expect(literal({ a: [], b: {}, c: null })).toBe('{\n  "a": dyn([]),\n  "b": dyn({}),\n  "c": dyn(null)\n}');
});

test('text stays text in a literal', () => {
  expect(literal({ a: '"}, "b": "\\' })).toBe('{\n  "a": "\\"}, \\"b\\": \\"\\\\"\n}');
});

test('what stands for text may be an expression, of any type', () => {
  const textOf = (text: string) => `variables.${text}`;
  expect(literal({ a: 'x', b: ['y'], c: 1 }, '', textOf)).toBe(
    '{\n  "a": dyn(variables.x),\n  "b": dyn([\n    dyn(variables.y)\n  ]),\n  "c": dyn(1)\n}',
  );
});
