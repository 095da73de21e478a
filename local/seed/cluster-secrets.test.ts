import { describe, expect, test } from '@jest/globals';
import { registrySecrets, secretsFor, webhookSecret } from '../../overlays/secrets.ts';
import { outdated, secret, secretsWith, signingValues, sonarValues, valuesOf } from './cluster-secrets.ts';
import { services } from './git.ts';

const tokens = { readerToken: 'r', robotToken: 'b' };
const made = { webhookKey: 'w', argocdWebhook: 'a', password: 'p', sonarPassword: 's', ...tokens };
const values = {
  ...valuesOf(made, 'http://slack.test', { seoul: '{}', tokyo: '{}' }),
  ...sonarValues('t'),
  ...signingValues('k'),
};

test('the embedded platform makes every Secret that is declared, with its keys', () => {
  // Its webhook key is another one for this forge, and Datadog is on AWS alone.
  const others = ['argocd-secret', 'datadog'];
  const declared = [...secretsFor(services), ...registrySecrets].filter(({ name }) => !others.includes(name));
  expect(
    secretsWith(values)
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
      .sort(),
  ).toEqual(declared.map(({ namespace, name }) => `${namespace}/${name}`).sort());
  expect(Object.keys(values).sort()).toEqual(declared.map(({ name }) => name).sort());
});

test('every service has a webhook secret of its own', () => {
  const all = services.map((name) => (values[webhookSecret(name)] as { secret: string }).secret);
  expect(services.length).toBeGreaterThan(2);
  expect(new Set(all).size).toBe(services.length);
  for (const secret of all) expect(secret).toMatch(/^[0-9a-f]{64}$/);
});

test('a key that is not declared, or missing, is refused', () => {
  expect(() => secretsWith({ 'forge-read': { secret: 'x' } })).toThrow('Secret forge-read: given secret, declared');
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
