import { type failoverFunctions, writerEpochSecret } from '../overlays/names.ts';
import {
  askSeoul,
  notifyStatements,
  putMetrics,
  type Resource,
  readCapacity,
  readDatabase,
  readMetrics,
  readTraffic,
  type Statement,
} from './rights.ts';
import type { Variable } from './variables.ts';

// infra/ takes all of it from here.
export type { Resource, Statement } from './rights.ts';
export { type Variable, variables } from './variables.ts';

export type FunctionName = (typeof failoverFunctions)[number];

export type LambdaFunction = {
  name: FunctionName;
  description: string;
  /** Source, bundled by lib/bundle.ts; exports `handler`. */
  source: string;
  /** Shorter than the TimeoutSeconds of its state, so that its own error arrives. */
  timeoutSeconds: number;
  memoryMb: number;
  /** In a VPC of its region that has a route to Seoul's database, and one to AWS's APIs. */
  inVpc: boolean;
  /** Where it runs; where it says nothing, in Tokyo alone. */
  places?: ('tokyo' | 'witness')[];
  /** For a function that is invoked asynchronously: tries after the first, and the age of an event. What is left goes to a dead-letter queue, which alarms. */
  asynchronous?: { retries: number; maximumAgeSeconds: number };
  environment: Variable[];
  statements: Statement[];
};

/** Of a function that changes nothing. */
const reader: Variable[] = ['DR_ACCOUNT'];
const safety: Variable[] = [...reader, 'DR_MODES', 'DR_LIVE'];
const database: Variable[] = ['DR_GLOBAL_DATABASE', 'DR_DATABASE_SEOUL', 'DR_DATABASE_TOKYO'];
const traffic: Variable[] = [
  'DR_ACCELERATOR',
  'DR_ENDPOINT_GROUP_SEOUL',
  'DR_ENDPOINT_GROUP_TOKYO',
  'DR_ENDPOINT_SEOUL',
  'DR_ENDPOINT_TOKYO',
];
const capacity: Variable[] = ['DR_CLUSTER', 'DR_NODE_GROUP', 'DR_NODES'];

const list: LambdaFunction[] = [
  {
    name: 'aurora-healthcheck-seoul',
    description:
      "Sees whether Seoul's database, its services and its region answer, from here and as the witness in a third region saw them",
    source: 'dr/aurora-healthcheck-seoul/handler.ts',
    timeoutSeconds: 7,
    memoryMb: 512,
    inVpc: true,
    environment: [...reader, ...database, 'DR_DATABASE_HOST_SEOUL', 'DR_APP_SEOUL'],
    statements: [askSeoul, readMetrics],
  },
  {
    name: 'rds-healthcheck-tokyo',
    description: "Sees whether Tokyo's database could take over, and what it is now",
    source: 'dr/rds-healthcheck-tokyo/handler.ts',
    timeoutSeconds: 7,
    memoryMb: 512,
    inVpc: true,
    environment: [...reader, ...database, 'DR_APP_TOKYO'],
    statements: [readDatabase],
  },
  {
    name: 'aurora-promote-tokyo',
    description: "Makes Tokyo's cluster the writer, once; does nothing where it is or is becoming that",
    source: 'dr/aurora-promote-tokyo/handler.ts',
    timeoutSeconds: 7,
    memoryMb: 512,
    inVpc: false,
    environment: [...safety, ...database],
    statements: [
      { ...readDatabase, actions: ['rds:DescribeGlobalClusters'], resources: ['global-database'] },
      {
        sid: 'Promote',
        actions: ['rds:FailoverGlobalCluster'],
        resources: ['global-database', 'database-tokyo', 'database-seoul'],
        because: 'the one call that promotes; it needs both clusters',
      },
    ],
  },
  {
    name: 'ga-switch-endpoint',
    description: 'Turns weight and dial of the accelerator: Tokyo up first, then Seoul to zero',
    source: 'dr/ga-switch-endpoint/handler.ts',
    timeoutSeconds: 9,
    memoryMb: 512,
    inVpc: false,
    environment: [...safety, ...traffic],
    statements: [
      readTraffic,
      {
        sid: 'Switch',
        actions: ['globalaccelerator:UpdateEndpointGroup'],
        resources: ['endpoint-groups'],
        region: 'accelerator',
        because: 'weight and dial of the two groups',
      },
    ],
  },
  {
    name: 'eks-scale-dr',
    description: "Raises the desired size of Tokyo's node group, and never lowers it",
    source: 'dr/eks-scale-dr/handler.ts',
    timeoutSeconds: 9,
    memoryMb: 512,
    inVpc: false,
    environment: [...safety, ...capacity],
    statements: [
      readCapacity,
      {
        sid: 'Scale',
        actions: ['eks:UpdateNodegroupConfig'],
        resources: ['node-group'],
        because: 'its desired size',
      },
    ],
  },
  {
    name: 'sns-notify-dr',
    description: 'Notifies people of each step: an SNS topic and the channels of alerts/',
    source: 'dr/sns-notify-dr/handler.ts',
    timeoutSeconds: 9,
    memoryMb: 256,
    inVpc: false,
    asynchronous: { retries: 2, maximumAgeSeconds: 300 },
    environment: [...reader, 'DR_TOPIC', 'DR_SLACK_SECRET'],
    statements: notifyStatements,
  },
  {
    name: 'dr-failover-lock',
    description: 'Admits one failover at a time, refuses what it must not act on, and remembers how far it came',
    source: 'dr/dr-failover-lock/handler.ts',
    timeoutSeconds: 5,
    memoryMb: 256,
    inVpc: false,
    environment: [...safety, 'DR_LOCK_TABLE', 'DR_WRITER_EPOCH'],
    statements: [
      {
        sid: 'Lock',
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
        resources: ['lock-table'],
        because: 'one item, written on condition',
      },
      {
        sid: 'AskOwner',
        actions: ['states:DescribeExecution'],
        resources: ['executions'],
        because: 'whether the run that holds the lock still runs',
      },
      {
        sid: 'ReadEpoch',
        actions: ['secretsmanager:GetSecretValue'],
        resources: ['writer-epoch-secret'],
        because: 'a failover needs a later number than the fence was told last',
      },
    ],
  },
  {
    name: 'dr-failover-check',
    description:
      'Reads what a failover relies on: before it (preflight), for the writer (confirm), and after it (verify)',
    source: 'dr/dr-failover-check/handler.ts',
    timeoutSeconds: 5,
    memoryMb: 512,
    inVpc: true,
    environment: [...reader, ...database, ...traffic, ...capacity, 'DR_APP_TOKYO'],
    statements: [readDatabase, readMetrics, readTraffic, readCapacity],
  },
  {
    name: 'dr-readiness',
    description: 'Every 30 minutes: ready, or each thing for which a failover would fail today',
    source: 'dr/dr-readiness/handler.ts',
    timeoutSeconds: 60,
    memoryMb: 512,
    inVpc: true,
    environment: [
      ...safety,
      ...database,
      ...traffic,
      ...capacity,
      'DR_LOCK_TABLE',
      'DR_APP_TOKYO',
      'DR_SERVICES',
      'DR_TARGET_GROUPS_TOKYO',
      'DR_ENTRANCE_TOKYO',
      'DR_ENTRANCE_NAME',
      'DR_CANARY_TOKEN',
      'DR_CANARY_SECRET',
      'DR_ROLES',
      'DR_WRITER_EPOCH',
      'DR_SECRETS_KEY',
      'DR_TOPIC',
      'DR_SLACK_SECRET',
    ],
    statements: [
      {
        sid: 'ReadLock',
        actions: ['dynamodb:GetItem'],
        resources: ['lock-table'],
        because: 'a lock that nobody reset refuses the next failover',
      },
      {
        sid: 'ReadCanary',
        actions: ['secretsmanager:GetSecretValue'],
        resources: ['canary-secret'],
        because: 'the client and the key with which it asks by the whole entrance',
      },
      readDatabase,
      readMetrics,
      readTraffic,
      readCapacity,
      {
        sid: 'ReadImages',
        actions: ['ecr:DescribeImages'],
        resources: ['repositories-tokyo'],
        because: 'whether Tokyo has the images that prod runs',
      },
      {
        sid: 'ReadImagesOfSeoul',
        actions: ['ecr:DescribeImages'],
        resources: ['repositories-seoul'],
        region: 'seoul',
        because: 'the images that prod runs are among these',
      },
      {
        sid: 'AskRights',
        actions: ['iam:SimulatePrincipalPolicy'],
        resources: ['function-roles', 'machine-role'],
        region: 'global',
        because: 'whether the roles still have the rights to act, which no dry run shows',
      },
      {
        sid: 'ReadTargets',
        actions: ['elasticloadbalancing:DescribeTargetHealth'],
        resources: ['any'],
        because: 'ready pods of each target group; the action knows no resources',
      },
      ...notifyStatements,
      putMetrics,
    ],
  },
  {
    name: 'dr-probe-seoul',
    description: "Every 10 s: whether Seoul's database, services and region answer from here, as metrics in Tokyo",
    source: 'dr/dr-probe-seoul/handler.ts',
    // It is started every minute, and looks six times.
    timeoutSeconds: 59,
    memoryMb: 256,
    inVpc: true,
    places: ['tokyo', 'witness'],
    environment: [...reader, ...database, 'DR_DATABASE_HOST_SEOUL', 'DR_APP_SEOUL', 'DR_PROBER'],
    statements: [askSeoul, { ...putMetrics, because: 'what it saw, in Tokyo; the action knows no resources' }],
  },
];

/** Every Lambda of the failover by its name. Each has a role of its own with these statements and its log group, and nothing else. */
export const lambdas = Object.fromEntries(list.map((lambda) => [lambda.name, lambda])) as Record<
  FunctionName,
  LambdaFunction
>;

/** A schedule starts these; the machine starts the others. */
export const scheduled: readonly FunctionName[] = ['dr-readiness', 'dr-probe-seoul'];

/** What the role of the state machine may do, besides writing its log. */
export const machineStatements: (Omit<Statement, 'resources'> & { resources: (Resource | FunctionName)[] })[] = [
  {
    sid: 'Invoke',
    actions: ['lambda:InvokeFunction'],
    // Not those that a schedule starts.
    resources: list.map(({ name }) => name).filter((name) => !scheduled.includes(name)),
    because: 'its states',
  },
  {
    sid: 'Fence',
    actions: ['secretsmanager:PutSecretValue'],
    resources: ['writer-epoch-secret'],
    because: `the state Fence writes ${writerEpochSecret}`,
  },
];
