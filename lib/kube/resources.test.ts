import { expect, test } from '@jest/globals';
import { amounts, mebibytes, quantity } from './resources.ts';

const plain = { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } };

test('what writes a log only has the room of one', () => {
  expect(amounts(plain)).toEqual({
    requests: { cpu: '10m', memory: '16Mi', 'ephemeral-storage': '16Mi' },
    limits: { memory: '32Mi', 'ephemeral-storage': '128Mi' },
  });
});
test('emptyDirs count to the limit, and not to what is asked for', () => {
  const { requests, limits } = amounts({ ...plain, disk: { request: '1Gi', limit: '2Gi' } }, ['1Gi', '64Mi']);
  expect([requests['ephemeral-storage'], limits['ephemeral-storage']]).toEqual(['1Gi', '3136Mi']);
});
test('amounts are as the API server stores them, also in Tasks, whose webhook writes them so', () => {
  const given = { requests: { cpu: '1000m', memory: '1024Mi' }, limits: { memory: '2Gi' } };
  expect(amounts({ ...given, disk: { request: '2048Mi', limit: '8Gi' } })).toEqual({
    requests: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '2Gi' },
    limits: { memory: '2Gi', 'ephemeral-storage': '8Gi' },
  });
});
test.each(['1G', '1.5Gi', '', 'Gi', '1Gi '])('a size of %j is refused', (size) => {
  expect(() => mebibytes(size)).toThrow(`size: given ${size}, allowed a whole number with Mi or Gi`);
});

test.each([
  ['500m', '500m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['64Mi', '64Mi'],
  ['1024Mi', '1Gi'],
  ['1536Mi', '1536Mi'],
  ['1048576Mi', '1Ti'],
  ['2', '2'],
])('the API server stores %s as %s', (given, stored) => {
  expect(quantity(given).value).toBe(stored);
});
