import { expect, test } from '@jest/globals';
import {
  egressExceptMetadata,
  egressTo,
  egressToDns,
  egressToPlaces,
  type Networks,
  podsNamed,
  toPort,
} from './network-policy.ts';

const metadata = '169.254.0.0/16';
const tcp = (value: number | string) => ({ protocol: 'TCP', port: { value } });
const networks: Networks = {
  own: ['10.0.0.0/8', '172.16.0.0/12'],
  places: {
    registry: [
      { address: '10.1.0.5', port: 5000 },
      { address: '10.2.0.5', port: 5001 },
    ],
  },
};

test('nothing reaches the metadata services, which hand out the credentials of roles', () => {
  expect(egressExceptMetadata).toEqual([{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: [metadata] } }] }]);
});

test('a Task reaches one address and port of a place that is named, and of the internet the web without the own networks', () => {
  expect(egressTo('registry', networks)).toEqual([
    { to: [{ ipBlock: { cidr: '10.1.0.5/32' } }], ports: [tcp(5000)] },
    { to: [{ ipBlock: { cidr: '10.2.0.5/32' } }], ports: [tcp(5001)] },
  ]);
  const web = [
    {
      to: [{ ipBlock: { cidr: '0.0.0.0/0', except: [metadata, '10.0.0.0/8', '172.16.0.0/12'] } }],
      ports: [tcp(80), tcp(443)],
    },
  ];
  expect(egressTo('internet', networks)).toEqual(web);
  expect(egressTo('forge', networks)).toEqual(web);
});

test('a rule for each port, so that no place is reached at the port of another', () => {
  const places = [
    { cidr: '10.1.0.0/16', port: 5432 },
    { cidr: '10.2.0.0/16', port: 9096 },
    { cidr: '10.3.0.0/16', except: ['10.3.1.0/24'], port: 5432 },
  ];
  expect(egressToPlaces(places)).toEqual([
    {
      to: [{ ipBlock: { cidr: '10.1.0.0/16' } }, { ipBlock: { cidr: '10.3.0.0/16', except: ['10.3.1.0/24'] } }],
      ports: [tcp(5432)],
    },
    { to: [{ ipBlock: { cidr: '10.2.0.0/16' } }], ports: [tcp(9096)] },
  ]);
});

test('names are asked of the DNS of the cluster alone', () => {
  expect(egressToDns).toEqual({
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
    ],
    ports: [
      { protocol: 'UDP', port: { value: 53 } },
      { protocol: 'TCP', port: { value: 53 } },
    ],
  });
});

test('a program is known by its namespace and its name, a port by its number or its name', () => {
  expect(podsNamed('monitoring', 'prometheus')).toEqual({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
  });
  expect([...toPort(8080), ...toPort('http')]).toEqual([tcp(8080), tcp('http')]);
});
