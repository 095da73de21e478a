import { expect, test } from '@jest/globals';
import { exitStatusOf, type Fault, faultText, UserError } from './errors.ts';

test.each<[Fault, string]>([
  [
    { where: 'apps/shop.ts', what: 'port', given: 80, allowed: '1024 to 65535', cure: 'let it listen there' },
    'apps/shop.ts: port: given 80, allowed 1024 to 65535; let it listen there',
  ],
  [
    { what: 'FORGE_KIND', given: undefined, allowed: 'github, gitea' },
    'FORGE_KIND: given nothing, allowed github, gitea',
  ],
  [{ what: 'FORGE_TOKEN', allowed: 'a token' }, 'FORGE_TOKEN: allowed a token'],
  [{ what: 'size', given: 'a\nb' }, 'size: given "a b"'],
  [{ what: 'no forge', cure: 'run scripts/up' }, 'no forge; run scripts/up'],
])('fault %#', (fault, text) => {
  expect(faultText(fault)).toBe(text);
});

test('an error for the user has all faults in its message, one a line', () => {
  expect(new UserError(['a: given 1', 'b: given 2'], 2)).toMatchObject({
    message: 'a: given 1\nb: given 2',
    faults: ['a: given 1', 'b: given 2'],
    exitStatus: 2,
  });
  expect(new UserError('full')).toMatchObject({ message: 'full', faults: ['full'], exitStatus: 1 });
});

test('a command ends with the status of the error, or with 1', () => {
  expect([new UserError('a', 3), new UserError('a'), new Error('a'), undefined].map(exitStatusOf)).toEqual([
    3, 1, 1, 1,
  ]);
});
