import { expect, test } from '@jest/globals';
import { egressFollows } from './egress-follows.ts';
import { placed } from './testing.ts';

const dns = {
  to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
  ports: [{ port: 53 }],
};
const stock = {
  to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'stock' } } }],
  ports: [{ port: 8080 }],
};
const kafka = { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 9092 }] };
const policy = (...egress: object[]) => placed({ kind: 'NetworkPolicy', spec: { egress } });
const reached = (environment: string, service: string) =>
  environment === 'dev' && service === 'shop' ? { services: ['stock'], ports: [9092] } : undefined;

test('what follows from calls and uses is right, also in two policies', () => {
  expect(egressFollows([policy(dns, stock, kafka)], reached)).toEqual([]);
  expect(egressFollows([policy(dns, stock), policy(dns, kafka)], reached)).toEqual([]);
});

test.each([
  ['everything', {}],
  ['port 5432', { ...kafka, ports: [{ port: 5432 }] }],
  ['port any port', { to: kafka.to }],
  [
    'service live',
    { to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'live' } } }], ports: [{ port: 1 }] },
  ],
  ['service of any name', { to: [{ podSelector: {} }], ports: [{ port: 8080 }] }],
  ['pods of another namespace', { to: [{ namespaceSelector: {}, podSelector: {} }], ports: [{ port: 80 }] }],
])('egress to %s is a fault', (words, more) => {
  expect(egressFollows([policy(dns, stock, kafka, more)], reached)).toEqual([
    expect.stringContaining(`egress to ${words} follows from neither`),
  ]);
});

test('a place that is missing is a fault', () => {
  expect(egressFollows([policy(dns, stock)], reached)).toEqual([expect.stringContaining('no egress to port 9092')]);
});

test('policies elsewhere are not judged', () => {
  const elsewhere = { ...policy({}), path: 'rendered/seoul/ci/networkpolicy-runs.yaml' };
  expect(egressFollows([elsewhere], reached)).toEqual([]);
});
