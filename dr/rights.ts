import { failover } from '../overlays/names.ts';

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
  | 'canary-secret'
  | 'writer-epoch-secret'
  /** Of the services, in Seoul and in Tokyo. */
  | 'repositories-seoul'
  | 'repositories-tokyo'
  /** Roles of the functions, each named as its function. */
  | 'function-roles'
  /** Of the state machine itself. */
  | 'machine-role'
  | 'any';

export type Statement = {
  sid: string;
  actions: string[];
  resources: Resource[];
  /** `aws:RequestedRegion`; where it says nothing, Tokyo's. IAM is global and answers in us-east-1; no failover waits for it. */
  region?: 'seoul' | 'accelerator' | 'global';
  /** Conditions of IAM besides that of the region. */
  condition?: { StringEquals: Record<string, string> };
  /** Why this right, or why on any resource. */
  because: string;
};

export const readDatabase: Statement = {
  sid: 'ReadDatabase',
  actions: ['rds:DescribeGlobalClusters', 'rds:DescribeDBClusters'],
  resources: ['global-database', 'database-tokyo'],
  because: 'who writes, whose versions, which instances',
};
export const readMetrics: Statement = {
  sid: 'ReadMetrics',
  actions: ['cloudwatch:GetMetricData'],
  resources: ['any'],
  because: 'replication lag and what other probes saw; the action knows no resources',
};
export const askSeoul: Statement = {
  sid: 'AskSeoul',
  actions: ['rds:DescribeDBClusters'],
  resources: ['database-seoul'],
  region: 'seoul',
  because: "whether the region's control plane answers",
};
export const putMetrics: Statement = {
  sid: 'PutMetrics',
  actions: ['cloudwatch:PutMetricData'],
  resources: ['any'],
  condition: { StringEquals: { 'cloudwatch:namespace': failover.metrics } },
  because: 'the metric `Ready`; the action knows no resources',
};
export const readTraffic: Statement = {
  sid: 'ReadTraffic',
  actions: ['globalaccelerator:DescribeEndpointGroup', 'globalaccelerator:DescribeAccelerator'],
  resources: ['endpoint-groups', 'accelerator'],
  region: 'accelerator',
  because: 'weights, dials, and whether they are deployed',
};
export const readCapacity: Statement = {
  sid: 'ReadCapacity',
  actions: ['eks:DescribeNodegroup'],
  resources: ['node-group'],
  because: 'how many nodes there are and may be',
};

export const notifyStatements: Statement[] = [
  { sid: 'Publish', actions: ['sns:Publish'], resources: ['topic'], because: 'the topic of the failover' },
  {
    sid: 'ReadWebhook',
    actions: ['secretsmanager:GetSecretValue'],
    resources: ['slack-secret'],
    because: "Slack's webhook, a secret that stands in no variable",
  },
];
