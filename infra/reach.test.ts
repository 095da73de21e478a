import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { ways } from './rules/reach.ts';
import { ofType, placed, readStacks } from './rules/stacks.ts';

const stacks = readStacks(dirname(import.meta.dirname));
const both = (line: (place: string, cluster: string) => string[]): string[] => [
  ...line('seoul', 'eks-cluster'),
  ...line('tokyo', 'dr-eks-cluster'),
];

test('who may reach what, at which port', () => {
  expect(ways(stacks, 'in')).toEqual(
    [
      ...both((place, cluster) => [
        // Customers: CloudFront by the accelerator, API Gateway's endpoint, its link, the ingress, its pods.
        `${place} ${cluster}-edge 443 from CloudFront`,
        `${place} ${cluster}-execute-api 443 from ${place} ${cluster}-edge`,
        `${place} ${cluster}-ingress 443 from ${place} ${cluster}-gateway`,
        ...[8080, 8443].map((port) => `${place} nodes and pods ${port} from ${place} ${cluster}-ingress`),
        // No service answers there.
        ...[8080, 8444].map((port) => `${place} nodes and pods ${port} from ${place} ${cluster}-hooks`),
        `${place} ${cluster}-hooks 443 from the forge`,
        `${place} kafka 9096 from ${place} private`,
      ]),
      // Who watches.
      'tokyo dr-eks-cluster-edge 443 from tokyo functions',
      'tokyo dr-eks-cluster-ingress 443 from tokyo functions',
      'seoul eks-cluster-ingress 443 from tokyo functions',
      'seoul eks-cluster-ingress 443 from witness functions',
      // Databases.
      ...['seoul private', 'tokyo private', 'tokyo functions', 'witness functions'].map(
        (from) => `seoul databases 5432 from ${from}`,
      ),
      ...['tokyo private', 'tokyo functions'].map((from) => `tokyo databases 5432 from ${from}`),
    ].sort(),
  );
});

test('what groups of ours may reach', () => {
  expect(ways(stacks, 'out')).toEqual(
    [
      ...both((place, cluster) => [
        `${place} ${cluster}-edge to ${place} ${cluster}-execute-api 443`,
        `${place} ${cluster}-gateway to ${place} ${cluster}-ingress 443`,
        ...[8080, 8443].map((port) => `${place} ${cluster}-ingress to ${place} nodes and pods ${port}`),
        ...[8080, 8444].map((port) => `${place} ${cluster}-hooks to ${place} nodes and pods ${port}`),
      ]),
      ...['tokyo', 'witness'].map((place) => `${place} failover-functions to 0.0.0.0/0 443`),
      ...['seoul data', 'tokyo data'].map((to) => `tokyo failover-functions to ${to} 5432`),
      'witness failover-functions to seoul data 5432',
    ].sort(),
  );
});

test('functions have subnets of their own, with nothing else in them', () => {
  const all = placed(stacks);
  const functions = new Set(
    ofType(all, 'aws_subnet').flatMap(({ id, args }) => (id.startsWith('subnet-functions-') ? [args.tags.Name] : [])),
  );
  expect(functions.size).toBe(7);
  const lookedUp = all.filter(({ block, type }) => block === 'data' && type === 'aws_subnet');
  const names = ({ args }: (typeof lookedUp)[number]): string[] => args.filter[0].values;
  const users = lookedUp.filter((one) => names(one).some((name) => functions.has(name))).map(({ stack }) => stack);
  expect([...new Set(users)]).toEqual(['dr-control']);
  for (const { args } of ofType(all, 'aws_lb'))
    expect(args.subnets.filter((subnet: string) => subnet.includes('functions'))).toEqual([]);
});
