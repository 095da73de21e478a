import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { failoverFunctions } from '../overlays/names.ts';
import { judge } from './invariants.testing.ts';
import { lambdas, machineStatements, type Statement, scheduled, variables } from './lambdas.ts';
import { sample } from './matrix.testing.ts';

const all = Object.values(lambdas);

/** IAM's name of the action that a call of the SDK needs. */
const services: Record<string, string> = {
  DescribeGlobalClusters: 'rds',
  DescribeDBClusters: 'rds',
  FailoverGlobalCluster: 'rds',
  GetMetricData: 'cloudwatch',
  DescribeEndpointGroup: 'globalaccelerator',
  UpdateEndpointGroup: 'globalaccelerator',
  DescribeAccelerator: 'globalaccelerator',
  DescribeNodegroup: 'eks',
  UpdateNodegroupConfig: 'eks',
  GetItem: 'dynamodb',
  PutItem: 'dynamodb',
  DescribeExecution: 'states',
  Publish: 'sns',
  PutSecretValue: 'secretsmanager',
  GetSecretValue: 'secretsmanager',
};
const regionOf = ({ region }: Pick<Statement, 'region'>) =>
  ({ seoul: 'ap-northeast-2', accelerator: 'us-west-2', tokyo: 'ap-northeast-1', global: 'us-east-1' })[
    region ?? 'tokyo'
  ];

test('each function calls what its role allows in that region, and its role allows what it calls', async () => {
  const called = new Map<string, Set<string>>();
  Error.stackTraceLimit = 0;
  for (const number of sample(200)) {
    const { model } = await judge(number);
    for (const { from, call, region } of model.log)
      called.set(from, (called.get(from) ?? new Set()).add(`${services[call]}:${call} in ${region}`));
  }
  for (const { name, statements } of all) {
    // Not part of the machine; they have tests of their own.
    if (scheduled.includes(name)) continue;
    const allowed = statements.flatMap((statement) =>
      statement.actions.map((action) => `${action} in ${regionOf(statement)}`),
    );
    // The model of the proofs has no Slack.
    const used = [
      ...(called.get(name) ?? []),
      ...(name === 'sns-notify-dr' ? ['secretsmanager:GetSecretValue in ap-northeast-1'] : []),
    ];
    expect([name, [...new Set(used)].sort()]).toEqual([name, [...new Set(allowed)].sort()]);
  }
  expect(called.get('Fence')).toEqual(new Set(['secretsmanager:PutSecretValue in ap-northeast-1']));
});

test('only the functions that change something may, each its own thing, and nobody may remove or delete', () => {
  const acts = (action: string) =>
    all.filter(({ statements }) => statements.some(({ actions }) => actions.includes(action))).map(({ name }) => name);
  expect(acts('rds:FailoverGlobalCluster')).toEqual(['aurora-promote-tokyo']);
  expect(acts('globalaccelerator:UpdateEndpointGroup')).toEqual(['ga-switch-endpoint']);
  expect(acts('eks:UpdateNodegroupConfig')).toEqual(['eks-scale-dr']);
  expect(acts('dynamodb:PutItem')).toEqual(['dr-failover-lock']);
  const actions = [...all, { statements: machineStatements }].flatMap(({ statements }) =>
    statements.flatMap((statement) => statement.actions),
  );
  expect(actions.filter((action) => /[*]|Remove|Delete|Create|PassRole/.test(action))).toEqual([]);
});

test('any resource is allowed where AWS knows none for the action, and nowhere else', () => {
  const any = all.flatMap(({ name, statements }) =>
    statements.flatMap(({ actions, resources }) =>
      resources.includes('any') ? actions.map((action) => `${name} ${action}`) : [],
    ),
  );
  // Service Authorization Reference: these have no resource types.
  const without = ['cloudwatch:GetMetricData', 'cloudwatch:PutMetricData', 'elasticloadbalancing:DescribeTargetHealth'];
  expect(any.filter((line) => !without.includes(line.split(' ')[1] as string))).toEqual([]);
  expect(all.flatMap(({ statements }) => statements).filter(({ because }) => because.length < 10)).toEqual([]);
});

test('every function has its folder, its variables are known and each is used', () => {
  expect(all.map(({ name }) => name).sort()).toEqual([...failoverFunctions].sort());
  const folders = readdirSync('dr', { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && entry.name !== 'aws' ? entry.name : [],
  );
  expect(folders.sort()).toEqual([...failoverFunctions].sort());
  const given = new Set(all.flatMap(({ environment }) => environment));
  expect([...given].sort()).toEqual(Object.keys(variables).sort());
  const sources = readdirSync('dr', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file) && !/test/.test(file) && !['lambdas.ts', 'variables.ts'].includes(file))
    .map((file) => readFileSync(`dr/${file}`, 'utf8'))
    .join('\n');
  expect([...given].filter((name) => !sources.includes(`'${name}'`))).toEqual([]);
});
