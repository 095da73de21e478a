import { expect, test } from '@jest/globals';
import { dr } from './dr.ts';
import { environmentNamed, environments, firstEnvironment } from './index.ts';
import { prod } from './prod.ts';

test('dr is smaller than prod, and can grow to its size', () => {
  expect(dr.replicas.min).toBeLessThan(prod.replicas.min);
  expect(dr.replicas.max).toBe(prod.replicas.max);
});

test('only dr answers for the callers of another environment, and that has the same data', () => {
  for (const { answersFor, data } of environments)
    for (const other of environments.filter(({ subdomain }) => answersFor.includes(subdomain)))
      expect(data).toBe(other.data);
  expect(environments.filter(({ answersFor }) => answersFor.length > 0)).toEqual([dr]);
});

test('each environment gets its releases from one before it, but for the first', () => {
  environments.forEach(({ promotesFrom }, index) => {
    expect(environments.slice(0, index)).toEqual(index === 0 ? [] : expect.arrayContaining([promotesFrom]));
  });
  expect(firstEnvironment.promotesFrom).toBeUndefined();
});

test('an unknown environment is refused with the list', () => {
  expect(() => environmentNamed('test')).toThrow('environment: given test, allowed dev, prod, dr');
});
