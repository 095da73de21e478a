import { expect, test } from '@jest/globals';
import type { FailoverStep } from '../../alerts/event.ts';
import { awsStandby } from '../aws/standby.ts';
import { config, timeAt, values } from '../execution.testing.ts';
import { arns } from '../model.testing.ts';
import type { LockItem } from '../ports.ts';
import { notReady, readiness } from './readiness.ts';

type Needs = Parameters<typeof notReady>[0];
const endpoint = (id: string, weight: number) => ({ id, weight, keepsClientAddress: true });

/** As it is when a failover would work. */
function standby() {
  const sent: FailoverStep[] = [];
  const published: boolean[] = [];
  const ports: Needs = {
    now: () => new Date(timeAt(0)),
    lock: { read: async () => undefined, write: async () => Promise.reject(new Error('a check locks nothing')) },
    database: {
      status: async () => ({ role: 'reader', version: '16.8', synchronised: true }),
      candidate: async () => ({ version: '16.8', instances: 1, available: true }),
      lag: async () => 0.8,
      promote: async () => {
        throw new Error('a check promotes nothing');
      },
    },
    traffic: {
      endpoint: arns.balancers,
      groups: async () => ({
        seoul: { dial: 100, endpoints: [endpoint(arns.balancers.seoul, 128)] },
        tokyo: { dial: 0, endpoints: [endpoint(arns.balancers.tokyo, 0)] },
      }),
      write: async () => {
        throw new Error('a check moves nothing');
      },
      deployed: async () => true,
    },
    capacity: {
      wanted: 6,
      read: async () => ({ min: 1, max: 8, desired: 2 }),
      write: async () => {
        throw new Error('a check scales nothing');
      },
    },
    tokyoApp: async () => 'ok',
    entrance: async () => [],
    standby: {
      missingImages: async () => [],
      targets: async () => [{ group: 'ingress', healthy: 1 }],
      denied: async () => [],
      publish: async (ready) => void published.push(ready),
    },
    notify: async (event) => {
      sent.push(event);
      return { sent: ['sns'], failed: [] };
    },
  };
  return { ports, sent, published };
}

test('a standby that could take over is ready: the metric says so, and nobody is disturbed', async () => {
  const { ports, sent, published } = standby();
  expect(await readiness({}, ports, config)).toEqual({ ready: true, faults: [] });
  expect({ sent, published }).toEqual({ sent: [], published: [true] });
});

const { database, traffic, capacity, standby: rest } = standby().ports;
const item: LockItem = {
  version: 3,
  state: 'idle',
  epoch: 1,
  owner: 'run-1',
  event: 'event-1',
  since: timeAt(0),
  decided: '',
  decidedAt: '',
  moved: 'no',
};
const locked = (changes: Partial<LockItem>): Partial<Needs> => ({
  lock: { read: async () => ({ ...item, ...changes }), write: async () => false },
});
const broken: [string, Partial<Needs>, string][] = [
  [
    'a lock that nobody reset after failing back',
    locked({ state: 'failed-over' }),
    `lock: state: given failed-over of ${timeAt(0)}, allowed idle; reset it when all is in Seoul again (docs/failover.md)`,
  ],
  [
    'a failover that is not finished',
    locked({ state: 'failed', decided: 'db-failure' }),
    `lock: state: given failed of ${timeAt(0)}, allowed idle; reset it when all is in Seoul again (docs/failover.md)`,
  ],
  [
    'traffic that is in Tokyo',
    locked({ moved: 'yes' }),
    'lock: traffic: given in Tokyo, allowed in Seoul; reset the lock when it is back',
  ],

  [
    'versions that differ',
    { database: { ...database, candidate: async () => ({ version: '16.7', instances: 1, available: true }) } },
    'database: version: given 16.7, allowed 16.8',
  ],
  [
    'no instance',
    { database: { ...database, candidate: async () => ({ version: '16.8', instances: 0, available: true }) } },
    'database: instances: given 0, allowed 1 or more',
  ],
  [
    'a cluster that was detached',
    { database: { ...database, status: async () => ({ role: 'detached', version: '16.8', synchronised: undefined }) } },
    "database: Tokyo's cluster: given detached, allowed reader",
  ],
  ['a lag above the objective', { database: { ...database, lag: async () => 11 } }, 'lag: given 11 s, allowed 10 s'],
  [
    'a lag that nobody measured',
    { database: { ...database, lag: async () => undefined } },
    'lag: given nothing measured in 15 minutes, allowed a figure',
  ],
  [
    'a weight that lets the accelerator fail over by itself',
    {
      traffic: {
        ...traffic,
        groups: async () => ({
          seoul: { dial: 100, endpoints: [endpoint(arns.balancers.seoul, 128)] },
          tokyo: { dial: 0, endpoints: [endpoint(arns.balancers.tokyo, 128)] },
        }),
      },
    },
    'traffic: weight of Tokyo: given 128, allowed 0 until a failover',
  ],
  [
    'a group without the endpoint',
    {
      traffic: {
        ...traffic,
        groups: async () => ({
          seoul: { dial: 100, endpoints: [endpoint('x', 1)] },
          tokyo: { dial: 0, endpoints: [] },
        }),
      },
    },
    `traffic: endpoint group of Tokyo: given no ${arns.balancers.tokyo}, allowed its load balancer`,
  ],
  [
    'a node group that ends too early',
    { capacity: { ...capacity, read: async () => ({ min: 1, max: 4, desired: 2 }) } },
    'nodes: maximum: given 4, allowed 6 or more',
  ],
  [
    'an image that Tokyo lacks',
    { standby: { ...rest, missingImages: async () => ['ticket@sha256:1'] } },
    'images: ticket@sha256:1 is not in Tokyo',
  ],
  [
    'a target group without a ready pod',
    { standby: { ...rest, targets: async () => [{ group: 'ingress', healthy: 0 }] } },
    'targets: ingress: given no ready pod, allowed 1 or more',
  ],
  [
    'no target group at all',
    { standby: { ...rest, targets: async () => [] } },
    'targets: given no target group, allowed one or more',
  ],
  [
    'a right that was taken away',
    { standby: { ...rest, denied: async () => ['eks-scale-dr: eks:UpdateNodegroupConfig'] } },
    'rights: eks-scale-dr: eks:UpdateNodegroupConfig would be denied',
  ],
  [
    'an ingress that is silent',
    { tokyoApp: async () => 'fail' },
    "ingress: Tokyo's health page: given fail, allowed ok",
  ],
  [
    'a service that does not answer by the entrance',
    { entrance: async () => ['/probe/live: given 504, allowed 200'] },
    'canary: /probe/live: given 504, allowed 200',
  ],
  [
    'something that cannot be read',
    {
      standby: {
        ...rest,
        denied: async () => {
          throw new Error('IAM is down');
        },
      },
    },
    'rights: cannot be read: IAM is down',
  ],
];

test.each(broken)('%s is reported', async (_, change, fault) => {
  const { ports, sent, published } = standby();
  const standbyPort = change.standby ? { ...change.standby, publish: ports.standby.publish } : ports.standby;
  expect(await readiness({}, { ...ports, ...change, standby: standbyPort }, config)).toEqual({
    ready: false,
    faults: [fault],
  });
  expect(sent).toMatchObject([{ result: 'not ready', details: [fault], subject: 'dr-readiness' }]);
  expect(published).toEqual([false]);
});

test('a lock that is idle, or of a run that has just begun, is as it should be', async () => {
  for (const changes of [{}, { state: 'running' as const }])
    expect(await notReady({ ...standby().ports, ...locked(changes) }, config)).toEqual([]);
});

test('an installation that is disarmed is not ready, and all faults are reported at once', async () => {
  const { ports } = standby();
  const faults = await notReady(
    { ...ports, tokyoApp: async () => 'fail', database: { ...database, lag: async () => 99 } },
    (name) => (name === 'DR_LIVE' ? '' : values[name]),
  );
  expect(faults).toEqual([
    'mode: given "live", allowed dry-run; the installation is disarmed (DR_LIVE)',
    'lag: given 99 s, allowed 10 s',
    "ingress: Tokyo's health page: given fail, allowed ok",
  ]);
});

/** Answers of AWS by the name of the command, and by region. */
const client = (answers: Record<string, (input: never, region: string) => unknown>) => (region: string) => ({
  send: async (command: object) => {
    const name = command.constructor.name.replace(/Command$/, '');
    return answers[name]?.((command as { input: never }).input, region);
  },
});

test('an image counts as missing half an hour after its push, page by page', async () => {
  const now = () => new Date(timeAt(3600));
  const image = (imageDigest: string, at: number) => ({ imageDigest, imagePushedAt: new Date(timeAt(at)) });
  const ecr = client({
    DescribeImages: ({ repositoryName, nextToken }: { repositoryName: string; nextToken?: string }, region) => {
      if (repositoryName !== 'ticket') return { imageDetails: [] };
      if (region === 'ap-northeast-1') return { imageDetails: [image('sha256:a', 100)] };
      return nextToken
        ? { imageDetails: [image('sha256:b', 200), image('sha256:new', 3000)] }
        : { imageDetails: [image('sha256:a', 0)], nextToken: '2' };
    },
  });
  const port = awsStandby(config, now, { ecr } as never);
  expect(await port.missingImages()).toEqual(['ticket@sha256:b']);
});

test('rights are asked of the roles with their resources and region, and a denied one is named', async () => {
  const asked: unknown[] = [];
  const clients = {
    eks: client({ DescribeNodegroup: () => ({ nodegroup: { nodegroupArn: 'arn:nodegroup' } }) }),
    iam: client({
      SimulatePrincipalPolicy: (input: { PolicySourceArn: string }) => {
        asked.push(input);
        return {
          EvaluationResults: [
            { EvalDecision: input.PolicySourceArn.endsWith('ga-switch-endpoint') ? 'implicitDeny' : 'allowed' },
          ],
        };
      },
    }),
  };
  expect(await awsStandby(config, () => new Date(), clients as never).denied()).toEqual([
    'ga-switch-endpoint: globalaccelerator:UpdateEndpointGroup',
  ]);
  expect(asked).toContainEqual({
    PolicySourceArn: 'arn:role/eks-scale-dr',
    ActionNames: ['eks:UpdateNodegroupConfig'],
    ResourceArns: ['arn:nodegroup'],
    ContextEntries: [
      { ContextKeyName: 'aws:RequestedRegion', ContextKeyType: 'string', ContextKeyValues: ['ap-northeast-1'] },
    ],
  });
});

test('the role of the machine is asked for the fence: the secret, and its key as Secrets Manager uses it', async () => {
  const asked: { PolicySourceArn: string; ActionNames: string[]; ResourceArns: string[]; ContextEntries: object[] }[] =
    [];
  const clients = {
    eks: client({ DescribeNodegroup: () => ({ nodegroup: { nodegroupArn: 'arn:nodegroup' } }) }),
    iam: client({
      SimulatePrincipalPolicy: (input: (typeof asked)[number]) => {
        asked.push(input);
        const denied = input.ActionNames[0] === 'kms:GenerateDataKey';
        return { EvaluationResults: [{ EvalDecision: denied ? 'implicitDeny' : 'allowed' }] };
      },
    }),
  };
  expect(await awsStandby(config, () => new Date(), clients as never).denied()).toEqual([
    'dr-failover-failback: kms:GenerateDataKey',
  ]);
  const own = asked.filter(({ PolicySourceArn }) => PolicySourceArn === 'arn:role/dr-failover-failback');
  expect(own.map(({ ActionNames: [action], ResourceArns: [arn] }) => `${action} ${arn}`)).toEqual([
    `secretsmanager:PutSecretValue ${values.DR_WRITER_EPOCH}`,
    `kms:GenerateDataKey ${values.DR_SECRETS_KEY}`,
    `kms:Decrypt ${values.DR_SECRETS_KEY}`,
  ]);
  expect(own[1]?.ContextEntries).toEqual([
    { ContextKeyName: 'aws:RequestedRegion', ContextKeyType: 'string', ContextKeyValues: ['ap-northeast-1'] },
    {
      ContextKeyName: 'kms:ViaService',
      ContextKeyType: 'string',
      ContextKeyValues: ['secretsmanager.ap-northeast-1.amazonaws.com'],
    },
    {
      ContextKeyName: 'kms:ResourceAliases',
      ContextKeyType: 'stringList',
      ContextKeyValues: ['alias/tickets-secrets'],
    },
  ]);
});

test('targets are counted by their state', async () => {
  const balancer = client({
    DescribeTargetHealth: () => ({
      TargetHealthDescriptions: [{ TargetHealth: { State: 'healthy' } }, { TargetHealth: { State: 'draining' } }],
    }),
  });
  expect(await awsStandby(config, () => new Date(), { balancer } as never).targets()).toEqual([
    { group: 'ingress', healthy: 1 },
  ]);
});
