import { describe, expect, test } from '@jest/globals';
import { processorMs } from './processor.testing.ts';
import { readYaml } from './untrusted-yaml.ts';

test('reads what people write, with the types of YAML 1.2', () => {
  expect(readYaml('a: [1, "2", yes, 2027-01-31]\nb: |\n  x\n# c\n')).toEqual({
    a: [1, '2', 'yes', '2027-01-31'],
    b: 'x\n',
  });
  expect(readYaml('')).toBeNull();
});

test.each([
  ['a: [', /Flow sequence .* at line 1, column 5$/],
  ['a: 1\nb: 1\na: 2\n', /^a key is there twice at line 3, column 1$/],
  ['a: &x 1\nb: *x\n', /^the alias \*x is not allowed at line 2, column 4$/],
  ['? [a]\n: b\n', /^a key that is no text is not allowed at line 1, column 3$/],
  ['? &x a\n: *x\n', /^the alias \*x is not allowed/],
  ['a: 1\n---\nb: 2\n', /multiple documents/],
])('refuses %j, and says where', (text, words) => {
  expect(() => readYaml(text)).toThrow(words);
});

test('a key of JavaScript is a key like any other', () => {
  const read = readYaml('__proto__: { a: 1 }\nconstructor: x\n') as object;
  expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
  expect((read as { a?: number }).a).toBeUndefined();
});

describe('32 KiB of YAML are read or refused within a second', () => {
  // Those that take longest.
  test.each(['[\n', '|\n', '"\n', 'a\n'])('G27: of %j over and over', async (part) => {
    for (const before of ['- ', 'vulnerabilities: [']) {
      const read = () =>
        processorMs(() => {
          try {
            readYaml((before + part.repeat(2 ** 15)).slice(0, 2 ** 15));
          } catch {}
        });
      // A core that another program shares is half as fast, so the best of three counts.
      let taken = await read();
      for (let again = 0; again < 2 && taken >= 1_000; again++) taken = Math.min(taken, await read());
      expect(taken).toBeLessThan(1_000);
    }
  });

  test('G27: of a key in a key, which the parser alone reads for minutes', () => {
    for (const depth of [200, 500, 900]) expect(() => readYaml('? '.repeat(depth))).toThrow('a key that is no text');
  });

  test('G27: of six thousand keys', () => {
    expect(Object.keys(readYaml(Array.from({ length: 6000 }, (_, n) => `${n}:\n`).join('')) as object)).toHaveLength(
      6000,
    );
  });
});
