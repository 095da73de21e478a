import { expect, test } from '@jest/globals';
import { noSecretValues } from './no-secret-values.ts';
import { deployment, placed } from './testing.ts';

const env = (entry: object) => deployment({ env: [entry] });

test('the name of a secret passes', () => {
  const valueFrom = { secretKeyRef: { name: 'slack', key: 'url' } };
  expect(
    noSecretValues([
      env({ name: 'SLACK_WEBHOOK_URL', valueFrom }),
      env({ name: 'LINK_FORGE', value: 'https://forge.example/tickets' }),
      placed({ kind: 'ExternalSecret', spec: { data: [{ secretKey: 'token' }] } }),
    ]),
  ).toEqual([]);
});
test('a Secret is a fault', () => {
  expect(noSecretValues([placed({ kind: 'Secret', data: {} })])).toHaveLength(1);
});
test('a variable that is called like a secret and has its value is a fault', () => {
  expect(noSecretValues([env({ name: 'FORGE_TOKEN', value: 'x' })])).toHaveLength(1);
});
test.each([
  `AKIA${'A'.repeat(16)}`,
  `ghp_${'a'.repeat(36)}`,
  `xoxb-${'1'.repeat(12)}`,
  `https://hooks.slack.${'com'}/services/T000/B000/x`,
  `eyJ${'a'.repeat(12)}.${'b'.repeat(12)}.c`,
  '-----BEGIN RSA PRIVATE KEY-----',
  'https://robot:pass@forge.example/x.git',
])('what looks like %j is a fault wherever it is', (value) => {
  expect(noSecretValues([placed({ kind: 'ConfigMap', data: { note: `see ${value}` } })])).toHaveLength(1);
});
