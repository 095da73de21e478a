import { EKSClient } from '@aws-sdk/client-eks';
import { GlobalAcceleratorClient } from '@aws-sdk/client-global-accelerator';
import { RDSClient } from '@aws-sdk/client-rds';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { promote } from './aurora-promote-tokyo/promote.ts';
import { awsCapacity } from './aws/capacity.ts';
import { bounded, type Client, once } from './aws/clients.ts';
import { awsDatabase } from './aws/database.ts';
import { awsTraffic } from './aws/traffic.ts';
import { answer } from './calls.testing.ts';
import { confirm } from './dr-failover-check/check.ts';
import { scale } from './eks-scale-dr/scale.ts';
import { config, timeAt } from './execution.testing.ts';
import { switchTraffic } from './ga-switch-endpoint/switch.ts';
import { arns, type Entry, type Model, newModel } from './model.testing.ts';
import { errorOf, misfits, serviceOf, shapeOf } from './shapes.testing.ts';
import type { Run } from './types.ts';
import { startWire, type Wire } from './wire.testing.ts';

/** The SDK's real clients against the wire: how they sign, write, read and retry. */
let model: Model;
let wire: Wire;
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
const now = () => new Date(timeAt(model.now));
const run: Run = {
  mode: 'live',
  trigger: '',
  event: 'e',
  epoch: 7,
  incident: 'dr-7',
  since: timeAt(0),
  decided: '',
  moved: 'no',
  assumed: '',
};

const of = (make: (options: never) => unknown): Client =>
  once((options) => make({ ...options, endpoint: wire.endpoint, credentials } as never));
const ports = () => ({
  now,
  database: awsDatabase(config, now, {
    rds: of((options) => new RDSClient(options)),
    cloudwatch: () => ({ send: async () => ({}) }),
  }),
  traffic: awsTraffic(
    config,
    of((options) => new GlobalAcceleratorClient(options)),
  ),
  capacity: awsCapacity(
    config,
    of((options) => new EKSClient(options)),
  ),
});

beforeEach(async () => {
  model = newModel();
  wire = await startWire(model);
});
afterEach(() => wire.stop());

const sent = (call: string) => wire.requests.filter((request) => request.call === call);

test('a promotion is FailoverGlobalCluster with AllowDataLoss and the ARN, to Tokyo, and the writer is read back', async () => {
  const { database } = ports();
  await promote({ database }, config, run);
  expect(sent('FailoverGlobalCluster')).toEqual([
    {
      call: 'FailoverGlobalCluster',
      service: 'rds',
      region: 'ap-northeast-1',
      input: {
        GlobalClusterIdentifier: 'reserve-db-global',
        TargetDbClusterIdentifier: arns.tokyo,
        AllowDataLoss: true,
      },
    },
  ]);
  expect((await database.status()).role).toBe('promoting');
  await expect(confirm({ database, now }, run.since)).rejects.toMatchObject({ name: 'NotYet' });
  model.now += 120;
  expect(await confirm({ database, now }, run.since)).toEqual({ writer: 'tokyo', atSeconds: 120 });
});

test('a promotion whose answer is lost on the wire is one promotion, and no error', async () => {
  model.faults.failover = 'applied';
  const { database } = ports();
  await promote({ database }, config, run);
  expect(model.log.filter(({ changed }) => changed === 'promoted')).toHaveLength(1);
  // The client tried again by itself, and was refused.
  expect(sent('FailoverGlobalCluster').length).toBeGreaterThan(1);
});

test('the accelerator is asked in us-west-2 alone, Tokyo first, with the full list of endpoints', async () => {
  const { traffic } = ports();
  await expect(switchTraffic({ traffic }, config, run)).rejects.toMatchObject({ name: 'NotYet' });
  model.now += 60;
  expect((await switchTraffic({ traffic }, config, run)).did).toEqual(['the accelerator sends all traffic to Tokyo']);
  expect(new Set(wire.requests.map(({ service, region }) => `${service} ${region}`))).toEqual(
    new Set(['globalaccelerator us-west-2']),
  );
  const endpoint = (EndpointId: string, Weight: number) => ({ EndpointId, Weight, ClientIPPreservationEnabled: true });
  expect(sent('UpdateEndpointGroup').map(({ input }) => input)).toEqual([
    {
      EndpointGroupArn: arns.groups.tokyo,
      TrafficDialPercentage: 100,
      EndpointConfigurations: [endpoint('arn:nlb/canary', 0), endpoint(arns.balancers.tokyo, 128)],
    },
    {
      EndpointGroupArn: arns.groups.seoul,
      TrafficDialPercentage: 0,
      EndpointConfigurations: [endpoint(arns.balancers.seoul, 0), endpoint('arn:nlb/other', 0)],
    },
  ]);
});

test('nodes are asked for with the token of the incident, and an update under way is waited for', async () => {
  model.faults.nodes = 'busy';
  model.busyCalls = 1;
  const { capacity } = ports();
  await expect(scale({ capacity }, config, run)).rejects.toMatchObject({ name: 'NotYet' });
  await scale({ capacity }, config, run);
  expect(sent('UpdateNodegroupConfig').map(({ input, region }) => ({ input, region }))).toEqual(
    Array(2).fill({
      region: 'ap-northeast-1',
      input: {
        clusterName: 'dr-eks-cluster',
        nodegroupName: 'dr-nodegroup',
        scalingConfig: { minSize: 1, maxSize: 8, desiredSize: 6 },
        clientRequestToken: 'dr-7-6',
      },
    }),
  );
});

test('throttling is tried again by the client, and where nobody answers the fault is one that may pass', async () => {
  model.faults.traffic = 'throttled';
  const { traffic } = ports();
  expect((await traffic.groups()).tokyo.dial).toBe(0);
  model.faults.traffic = 'down';
  await expect(traffic.groups()).rejects.toMatchObject({ name: 'Retryable' });
});

test('what AWS refuses is no fault that passes, and says what AWS said', async () => {
  model.faults.nodes = 'invalid';
  await expect(scale({ capacity: ports().capacity }, config, run)).rejects.toMatchObject({
    name: 'Permanent',
    message: 'UpdateNodegroupConfig: InvalidParameterException: sent by the wire',
  });
});

test('every client has its bounds', async () => {
  expect(bounded).toEqual({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true, socketTimeout: 2000 },
  });
  for (const Client of [RDSClient, EKSClient, GlobalAcceleratorClient])
    expect(await new Client({ ...bounded, region: 'ap-northeast-1', credentials }).config.maxAttempts()).toBe(2);
});

test('a server that accepts and never answers is given up', async () => {
  const { createServer } = await import('node:net');
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const sockets = new Set<{ destroy(): void }>();
  silent.on('connection', (socket) => sockets.add(socket));
  const client = once(
    ({ requestHandler, ...options }) =>
      new GlobalAcceleratorClient({
        ...options,
        requestHandler: { ...requestHandler, requestTimeout: 100 },
        endpoint: `http://127.0.0.1:${port}`,
        credentials,
      }),
  );
  await expect(awsTraffic(config, client).groups()).rejects.toMatchObject({ name: 'Retryable' });
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => silent.close(() => resolve()));
});

/** Each call that the fakes answer, in the worlds where it answers differently. */
const asked: [string, Record<string, unknown>][] = [
  ['DescribeGlobalClusters', { GlobalClusterIdentifier: 'reserve-db-global' }],
  ['DescribeDBClusters', { DBClusterIdentifier: arns.tokyo }],
  [
    'FailoverGlobalCluster',
    { GlobalClusterIdentifier: 'reserve-db-global', TargetDbClusterIdentifier: arns.tokyo, AllowDataLoss: true },
  ],
  ['DescribeGlobalClusters', { GlobalClusterIdentifier: 'reserve-db-global' }],
  ['DescribeEndpointGroup', { EndpointGroupArn: arns.groups.tokyo }],
  [
    'UpdateEndpointGroup',
    { EndpointGroupArn: arns.groups.tokyo, TrafficDialPercentage: 100, EndpointConfigurations: [] },
  ],
  ['DescribeAccelerator', { AcceleratorArn: arns.accelerator }],
  ['DescribeNodegroup', { clusterName: 'dr-eks-cluster', nodegroupName: 'dr-nodegroup' }],
  [
    'UpdateNodegroupConfig',
    {
      clusterName: 'dr-eks-cluster',
      nodegroupName: 'dr-nodegroup',
      scalingConfig: { minSize: 1, maxSize: 8, desiredSize: 6 },
    },
  ],
];

test("what the fakes take and answer is of the SDK's own shapes, to the last member and word", () => {
  const faults = asked.flatMap(([call, input]) => {
    const region = serviceOf(call) === 'globalaccelerator' ? 'us-west-2' : 'ap-northeast-1';
    const entry: Entry = { at: model.now, by: 'test', from: 'test', region, call, input };
    return [...misfits(shapeOf(call, 'input'), input), ...misfits(shapeOf(call, 'output'), answer(model, entry))];
  });
  expect(faults).toEqual([]);
});

test('an invented member, a wrong type and a word that AWS does not know are found', () => {
  const shape = shapeOf('DescribeGlobalClusters', 'output');
  const wrong = { GlobalClusters: [{ Writer: 'tokyo', DeletionProtection: 'yes', FailoverState: { Status: 'done' } }] };
  expect(misfits(shape, wrong)).toEqual([
    expect.stringMatching(/given Writer, allowed/),
    expect.stringMatching(/DeletionProtection: given string, allowed boolean/),
    expect.stringMatching(/Status: given done, allowed cancelling, failing-over, pending/),
  ]);
});

test('the errors that the fakes throw are those of the services', () => {
  const thrown: [Parameters<typeof errorOf>[0], string][] = [
    ['rds', 'InvalidGlobalClusterStateFault'],
    ['rds', 'InvalidDBClusterStateFault'],
    ['rds', 'GlobalClusterNotFoundFault'],
    ['rds', 'DBClusterNotFoundFault'],
    ['globalaccelerator', 'InternalServiceErrorException'],
    ['globalaccelerator', 'InvalidArgumentException'],
    ['eks', 'ResourceInUseException'],
    ['eks', 'InvalidParameterException'],
  ];
  expect(thrown.filter(([service, name]) => !errorOf(service, name))).toEqual([]);
});
