import { failover, type failoverFunctions, globalDatabase, writerEpochSecret } from '../overlays/names.ts';

export type FunctionName = (typeof failoverFunctions)[number];

/**
 * What a statement is about. infra/ puts the ARNs in place of these words; `any` is `*`, for actions that AWS gives no other resource
 * (the Service Authorization Reference lists them with an empty column "Resource types").
 */
export type Resource =
  | 'lock-table'
  /** All executions of the machine */
  | 'executions'
  | 'global-database'
  | 'database-seoul'
  | 'database-tokyo'
  | 'accelerator'
  /** Of both regions. Their ARNs have no region of their own. */
  | 'endpoint-groups'
  | 'node-group'
  | 'topic'
  | 'slack-secret'
  | 'writer-epoch-secret'
  /** Of the services, in Seoul and in Tokyo. */
  | 'repositories-seoul'
  | 'repositories-tokyo'
  /** Roles of the functions, each named as its function. */
  | 'function-roles'
  | 'any';

export type Statement = {
  sid: string;
  actions: string[];
  resources: Resource[];
  /** `aws:RequestedRegion`; where it says nothing, Tokyo's. */
  region?: 'seoul' | 'accelerator';
  /** Conditions of IAM besides that of the region. */
  condition?: { StringEquals: Record<string, string> };
  /** Why this right, or why on any resource. */
  because: string;
};

/** Where the value of a variable comes from. */
export const variables = {
  DR_ACCOUNT: 'account id of this installation; an event of another one is refused',
  DR_MODES:
    'modes that this installation allows, comma-separated: `live,dry-run` in the live account, `rehearsal,dry-run` elsewhere',
  DR_LIVE: '`armed`: live runs may act; anything else disarms the installation',
  DR_LOCK_TABLE: 'name of the DynamoDB table with the lock; its key is the string `id`',
  DR_GLOBAL_DATABASE: `identifier of the global database, ${globalDatabase.name}`,
  DR_DATABASE_SEOUL: "ARN of Seoul's cluster",
  DR_DATABASE_TOKYO: "ARN of Tokyo's cluster",
  DR_DATABASE_HOST_SEOUL:
    "host of the writer endpoint of Seoul's own cluster, which does not move; the probe speaks to it on 5432",
  DR_APP_SEOUL: "https URL of the health page behind Seoul's entrance, not through the accelerator",
  DR_APP_TOKYO: "the same of Tokyo's entrance",
  DR_ACCELERATOR: 'ARN of the accelerator',
  DR_ENDPOINT_GROUP_SEOUL: "ARN of Seoul's endpoint group",
  DR_ENDPOINT_GROUP_TOKYO: "ARN of Tokyo's endpoint group",
  DR_ENDPOINT_SEOUL: "endpoint id in Seoul's group: ARN of its network load balancer",
  DR_ENDPOINT_TOKYO: "endpoint id in Tokyo's group: ARN of its network load balancer",
  DR_CLUSTER: "name of Tokyo's EKS cluster",
  DR_NODE_GROUP: 'name of its managed node group',
  DR_NODES: 'nodes that the group has at least after a failover',
  DR_TOPIC: 'ARN of the SNS topic',
  DR_SLACK_SECRET: 'id of the secret with the key `url`, the webhook; empty: SNS alone',
  DR_SERVICES: 'services, comma-separated, each the name of its repository',
  DR_PROBER: '`tokyo` or `witness`, the dimension `Prober` of its metrics',
  DR_ROLES: 'prefix of the ARNs of the roles of these functions, each named as its function; it ends with `role/`',
  DR_TARGET_GROUPS_TOKYO: "ARNs of Tokyo's target groups, comma-separated",
} as const;
export type Variable = keyof typeof variables;

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

const readDatabase: Statement = {
  sid: 'ReadDatabase',
  actions: ['rds:DescribeGlobalClusters', 'rds:DescribeDBClusters'],
  resources: ['global-database', 'database-tokyo'],
  because: 'who writes, whose versions, which instances',
};
const readMetrics: Statement = {
  sid: 'ReadMetrics',
  actions: ['cloudwatch:GetMetricData'],
  resources: ['any'],
  because: 'replication lag and what other probes saw; the action knows no resources',
};
const askSeoul: Statement = {
  sid: 'AskSeoul',
  actions: ['rds:DescribeDBClusters'],
  resources: ['database-seoul'],
  region: 'seoul',
  because: "whether the region's control plane answers",
};
const putMetrics: Statement = {
  sid: 'PutMetrics',
  actions: ['cloudwatch:PutMetricData'],
  resources: ['any'],
  condition: { StringEquals: { 'cloudwatch:namespace': failover.metrics } },
  because: 'the metric `Ready`; the action knows no resources',
};
const readTraffic: Statement = {
  sid: 'ReadTraffic',
  actions: ['globalaccelerator:DescribeEndpointGroup', 'globalaccelerator:DescribeAccelerator'],
  resources: ['endpoint-groups', 'accelerator'],
  region: 'accelerator',
  because: 'weights, dials, and whether they are deployed',
};
const readCapacity: Statement = {
  sid: 'ReadCapacity',
  actions: ['eks:DescribeNodegroup'],
  resources: ['node-group'],
  because: 'how many nodes there are and may be',
};

const tellStatements: Statement[] = [
  { sid: 'Publish', actions: ['sns:Publish'], resources: ['topic'], because: 'the topic of the failover' },
  {
    sid: 'ReadWebhook',
    actions: ['secretsmanager:GetSecretValue'],
    resources: ['slack-secret'],
    because: "Slack's webhook, a secret that stands in no variable",
  },
];

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
    description: 'Tells people each step: an SNS topic and the channels of alerts/',
    source: 'dr/sns-notify-dr/handler.ts',
    timeoutSeconds: 9,
    memoryMb: 256,
    inVpc: false,
    environment: [...reader, 'DR_TOPIC', 'DR_SLACK_SECRET'],
    statements: tellStatements,
  },
  {
    name: 'dr-failover-lock',
    description: 'Admits one failover at a time, refuses what it must not act on, and remembers how far it came',
    source: 'dr/dr-failover-lock/handler.ts',
    timeoutSeconds: 5,
    memoryMb: 256,
    inVpc: false,
    environment: [...safety, 'DR_LOCK_TABLE'],
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
      'DR_APP_TOKYO',
      'DR_SERVICES',
      'DR_TARGET_GROUPS_TOKYO',
      'DR_ROLES',
      'DR_TOPIC',
      'DR_SLACK_SECRET',
    ],
    statements: [
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
        resources: ['function-roles'],
        because: 'whether the roles still have the rights to act, which no dry run shows',
      },
      {
        sid: 'ReadTargets',
        actions: ['elasticloadbalancing:DescribeTargetHealth'],
        resources: ['any'],
        because: 'ready pods of each target group; the action knows no resources',
      },
      ...tellStatements,
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
