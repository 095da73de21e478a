import { describe, expect, test } from '@jest/globals';
import { registrySecrets, secrets } from '../../overlays/secrets.ts';
import { outdated, secret, secretsWith, signingValues, sonarValues, valuesOf } from './cluster-secrets.ts';

const made = { webhook: 'w', argocdWebhook: 'a', password: 'p', sonarPassword: 's', readerToken: 'r', robotToken: 'b' };
const values = {
  ...valuesOf(made, 'http://slack.test', { seoul: '{}', tokyo: '{}' }),
  ...sonarValues('t'),
  ...signingValues('k'),
};

test('the embedded platform makes every Secret that is declared, with its keys', () => {
  // Its webhook key is another one for this forge.
  const declared = [...secrets, ...registrySecrets].filter(({ name }) => name !== 'argocd-secret');
  expect(
    secretsWith(values)
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
      .sort(),
  ).toEqual(declared.map(({ namespace, name }) => `${namespace}/${name}`).sort());
  expect(Object.keys(values).sort()).toEqual(declared.map(({ name }) => name).sort());
});

test('a key that is not declared, or missing, is refused', () => {
  expect(() => secretsWith({ webhook: { token: 'x' } })).toThrow('Secret webhook: given token, declared');
  expect(() => secretsWith({ slack: {} })).toThrow('Secret slack: given , declared');
});

describe('a Secret of the cluster is written again', () => {
  const wanted = secret('ci', 'key', { key: 'a', password: 'b' }, { kind: 'x' });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const stored = {
    metadata: { namespace: 'ci', name: 'key', labels: { kind: 'x', more: 'y' } },
    data: { key: base64('a'), password: base64('b'), more: base64('c') },
  };
  test.each([
    ['missing', []],
    ['that of another namespace', [{ ...stored, metadata: { ...stored.metadata, namespace: 'argocd' } }]],
    ['without values', [{ metadata: stored.metadata }]],
    ['with another value', [{ ...stored, data: { ...stored.data, key: base64('z') } }]],
    ['without one of its keys', [{ ...stored, data: { key: base64('a') } }]],
    ['without its label', [{ ...stored, metadata: { ...stored.metadata, labels: { more: 'y' } } }]],
  ])('if it is %s', (_, found) => {
    expect(outdated([wanted], found)).toEqual([wanted]);
  });
  test('and left alone if it has the values, also beside keys and labels of others', () => {
    expect(outdated([wanted], [stored])).toEqual([]);
  });
});
