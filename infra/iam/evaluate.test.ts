import { describe, expect, test } from '@jest/globals';
import { decide, like, mayAssume } from './evaluate.ts';

const document = (...Statement: object[]) => ({ Statement });
const allow = (more: object = {}) => ({
  Effect: 'Allow',
  Action: ['s3:GetObject'],
  Resource: ['arn:aws:s3:::a/*'],
  ...more,
});
const get = { action: 's3:GetObject', resource: 'arn:aws:s3:::a/b' };
const with_ = (Condition: object, context: Record<string, string | string[]>) =>
  decide([document(allow({ Condition }))], undefined, { ...get, context });

test.each([
  ['*', 'anything/at:all', true],
  ['a*c', 'abc', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a.c', 'abc', false],
  ['ab', 'abc', false],
  ['arn:aws:s3:::a/*', 'arn:aws:s3:::ab/c', false],
])('%s is like %s: %s', (pattern, value, same) => {
  expect(like(pattern, value)).toBe(same);
});

describe('a decision', () => {
  test('what nothing allows is not allowed', () => {
    expect(decide([], undefined, get)).toBe('not allowed');
    expect(decide([document(allow())], undefined, { ...get, action: 's3:PutObject' })).toBe('not allowed');
    expect(decide([document(allow())], undefined, { ...get, resource: 'arn:aws:s3:::b/b' })).toBe('not allowed');
  });
  test('a deny wins, wherever it stands', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
    expect(decide([document(allow()), document(deny)], undefined, get)).toBe('denied');
    expect(decide([document(allow())], document({ Effect: 'Allow', Action: '*', Resource: '*' }, deny), get)).toBe(
      'denied',
    );
  });
  test('a boundary gives nothing, and takes what it does not allow', () => {
    const all = document({ Effect: 'Allow', Action: '*', Resource: '*' });
    expect(decide([], all, get)).toBe('not allowed');
    expect(decide([all], document(allow()), { ...get, action: 's3:PutObject' })).toBe('not allowed');
    expect(decide([all], document(allow()), get)).toBe('allowed');
  });
  test('NotAction is about every other action', () => {
    const statement = { Effect: 'Allow', NotAction: ['iam:*'], Resource: '*' };
    expect(decide([document(statement)], undefined, get)).toBe('allowed');
    expect(decide([document(statement)], undefined, { ...get, action: 'iam:GetUser' })).toBe('not allowed');
  });
  test('NotResource is about every other resource', () => {
    const statement = { Effect: 'Allow', Action: '*', NotResource: ['arn:aws:s3:::a/*', 'arn:aws:s3:::c/*'] };
    expect(decide([document(statement)], undefined, get)).toBe('not allowed');
    expect(decide([document(statement)], undefined, { ...get, resource: 'arn:aws:s3:::b/b' })).toBe('allowed');
  });
  test('the case of letters is no matter in an action, and is one in a resource', () => {
    expect(decide([document(allow())], undefined, { ...get, action: 'S3:getobject' })).toBe('allowed');
    expect(decide([document(allow())], undefined, { ...get, resource: 'arn:aws:s3:::A/b' })).toBe('not allowed');
  });
});

describe('a condition', () => {
  test.each<[object, Record<string, string | string[]>, boolean]>([
    [{ StringEquals: { k: 'v' } }, { k: 'v' }, true],
    [{ StringEquals: { k: ['u', 'v'] } }, { k: 'v' }, true],
    [{ StringEquals: { k: 'v' } }, { k: 'V' }, false],
    [{ StringEquals: { k: 'v' } }, {}, false],
    [{ StringEqualsIfExists: { k: 'v' } }, {}, true],
    [{ StringEqualsIfExists: { k: 'v' } }, { k: 'u' }, false],
    [{ StringNotEquals: { k: 'v' } }, { k: 'u' }, true],
    [{ StringNotEquals: { k: ['u', 'v'] } }, { k: 'u' }, false],
    [{ StringNotEquals: { k: 'v' } }, {}, true],
    [{ StringLike: { k: 'a*' } }, { k: 'abc' }, true],
    [{ StringEquals: { k: 'a*' } }, { k: 'abc' }, false],
    [{ ArnLike: { k: 'arn:aws:sqs:*' } }, { k: 'arn:aws:sqs:x:1:y' }, true],
    [{ Bool: { k: 'true' } }, { k: 'true' }, true],
    [{ Bool: { k: 'true' } }, { k: 'false' }, false],
    [{ Bool: { k: 'false' } }, {}, false],
    [{ BoolIfExists: { k: 'false' } }, {}, true],
    [{ NumericLessThan: { k: '3600' } }, { k: '3599' }, true],
    [{ NumericLessThan: { k: '3600' } }, { k: '3600' }, false],
    [{ 'ForAnyValue:StringEquals': { k: ['v'] } }, { k: ['u', 'v'] }, true],
    [{ 'ForAnyValue:StringEquals': { k: ['v'] } }, { k: ['u'] }, false],
    [{ 'ForAnyValue:StringEquals': { k: ['v'] } }, {}, false],
    [{ 'ForAllValues:StringEquals': { k: ['v'] } }, { k: ['u', 'v'] }, false],
    [{ 'ForAllValues:StringEquals': { k: ['u', 'v'] } }, { k: ['v'] }, true],
    [{ 'ForAllValues:StringEquals': { k: ['v'] } }, {}, true],
    [{ StringEquals: { k: 'v', l: 'w' } }, { k: 'v' }, false],
    [{ StringEquals: { k: 'v' }, Bool: { b: 'true' } }, { k: 'v', b: 'false' }, false],
  ])('%j with %j holds: %s', (condition, context, expected) => {
    expect(with_(condition, context)).toBe(expected ? 'allowed' : 'not allowed');
  });

  test('an operator that is not known is refused', () => {
    expect(() => with_({ IpAddress: { k: '10.0.0.0/8' } }, { k: '10.0.0.1' })).toThrow('condition: given IpAddress');
  });

  test('a variable of the policy is the value of its key', () => {
    const own = document(allow({ Resource: [`arn:aws:s3:::$\${aws:username}/*`] }));
    const of = (name: string) => ({ ...get, context: { 'aws:username': name } });
    expect([decide([own], undefined, of('a')), decide([own], undefined, of('b'))]).toEqual(['allowed', 'not allowed']);
  });
});

describe('trust', () => {
  const root = 'arn:aws:iam::111122223333:root';
  const trust = (Principal: object | string, Condition?: object) =>
    document({ Effect: 'Allow', Action: ['sts:AssumeRole'], Principal, ...(Condition ? { Condition } : {}) });
  test('of a service is of that service', () => {
    const of = (id: string) => mayAssume(trust({ Service: ['ec2.amazonaws.com'] }), { kind: 'Service', id });
    expect([of('ec2.amazonaws.com'), of('lambda.amazonaws.com')]).toEqual([true, false]);
  });
  test('of an account is of everybody in it, and of nobody else', () => {
    const of = (id: string) => mayAssume(trust({ AWS: [root] }), { kind: 'AWS', id });
    expect([of('arn:aws:iam::111122223333:user/a'), of('arn:aws:iam::444455556666:user/a')]).toEqual([true, false]);
  });
  test('holds its conditions', () => {
    const of = (context: Record<string, string>) =>
      mayAssume(trust({ AWS: [root] }, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }), {
        ...{ kind: 'AWS', id: 'arn:aws:iam::111122223333:user/a', context },
      });
    expect([of({ 'aws:MultiFactorAuthPresent': 'true' }), of({})]).toEqual([true, false]);
  });
});
