import { expect, test } from '@jest/globals';
import { registrySecrets, secrets } from '../../overlays/secrets.ts';
import { secretsWith, signingValues, sonarValues, valuesOf } from './cluster-secrets.ts';

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
