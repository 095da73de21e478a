/** Records of the shape that dr/ has, with every word and variable that infra/ knows. */
import type { Dr } from './dr.ts';

const functionNames = ['dr-readiness', 'ga-switch-endpoint'];

export const someDr: Dr = {
  functions: [
    {
      name: 'dr-readiness',
      places: ['tokyo', 'witness'],
      description: 'Whether a failover would succeed now',
      timeoutSeconds: 60,
      memoryMb: 512,
      inVpc: true,
      environment: [
        ...['DR_ACCOUNT', 'DR_MODES', 'DR_LIVE', 'DR_LOCK_TABLE', 'DR_GLOBAL_DATABASE', 'DR_DATABASE_SEOUL'],
        ...['DR_DATABASE_TOKYO', 'DR_DATABASE_HOST_SEOUL', 'DR_APP_SEOUL', 'DR_APP_TOKYO', 'DR_ACCELERATOR'],
        ...['DR_ENDPOINT_GROUP_SEOUL', 'DR_ENDPOINT_GROUP_TOKYO', 'DR_ENDPOINT_SEOUL', 'DR_ENDPOINT_TOKYO'],
        ...['DR_CLUSTER', 'DR_NODE_GROUP', 'DR_NODES', 'DR_TOPIC', 'DR_SLACK_SECRET', 'DR_SERVICES', 'DR_ROLES'],
        ...['DR_TARGET_GROUPS_TOKYO', 'DR_WRITER_EPOCH', 'DR_SECRETS_KEY'],
        ...['DR_ENTRANCE_TOKYO', 'DR_ENTRANCE_NAME', 'DR_CANARY_TOKEN', 'DR_CANARY_SECRET'],
        'DR_PROBER',
      ],
      statements: [
        { sid: 'Read', actions: ['rds:DescribeGlobalClusters'], resources: ['global-database', 'database-tokyo'] },
        { sid: 'ReadSeoul', actions: ['ecr:DescribeImages'], resources: ['repositories-seoul'], region: 'seoul' },
        {
          sid: 'Rights',
          actions: ['iam:SimulatePrincipalPolicy'],
          resources: ['function-roles', 'machine-role'],
          region: 'global',
        },
        { sid: 'Publish', actions: ['sns:Publish'], resources: ['topic'] },
        { sid: 'Webhook', actions: ['secretsmanager:GetSecretValue'], resources: ['slack-secret', 'canary-secret'] },
        {
          sid: 'SaySo',
          actions: ['cloudwatch:PutMetricData'],
          resources: ['any'],
          condition: { StringEquals: { 'cloudwatch:namespace': 'DR' } },
        },
      ],
    },
    {
      name: 'ga-switch-endpoint',
      description: 'Turns weight and dial',
      timeoutSeconds: 9,
      memoryMb: 512,
      inVpc: false,
      environment: ['DR_ACCELERATOR'],
      statements: [
        {
          sid: 'Switch',
          actions: ['globalaccelerator:UpdateEndpointGroup'],
          resources: ['endpoint-groups', 'accelerator'],
          region: 'accelerator',
        },
      ],
    },
  ],
  machineStatements: [
    { sid: 'Invoke', actions: ['lambda:InvokeFunction'], resources: functionNames },
    { sid: 'Fence', actions: ['secretsmanager:PutSecretValue'], resources: ['writer-epoch-secret'] },
  ],
  alarms: [
    {
      name: 'dr-seoul-app-by-tokyo',
      because: 'not seen',
      namespace: 'DR',
      metric: 'SeoulIngressHealthy',
      dimensions: { Prober: 'tokyo' },
      period: 10,
      evaluations: 3,
      statistic: 'Maximum',
      comparison: 'LessThanThreshold',
      threshold: 1,
      missing: 'notBreaching',
    },
  ],
  composites: [{ name: 'dr-nlb-composite-trigger', rule: 'ALARM("dr-seoul-app-by-tokyo")' }],
  rule: {
    name: 'dr-failover-nlb-composite',
    pattern: { source: ['aws.cloudwatch'] },
    inputTemplate: '{"mode":"live","event":<aws.events.event.json>}',
    retry: { maximumEventAgeSeconds: 300, maximumAttempts: 3 },
  },
  rehearsal: { name: 'dr-rehearsal', pattern: { source: ['dr.rehearsal'] }, inputPath: '$.detail' },
  schedules: [{ function: 'dr-readiness', expression: 'rate(30 minutes)' }],
  writerEpoch: { secret: 'platform/dr/writer-epoch', initial: { epoch: 0, writer: 'seoul' } },
  machine: ({ functions, writerEpoch }) => ({
    StartAt: 'Switch',
    TimeoutSeconds: 900,
    States: {
      Switch: { Type: 'Task', Resource: functions['ga-switch-endpoint'], TimeoutSeconds: 10, Next: 'Fence' },
      Fence: {
        Type: 'Task',
        Resource: 'arn',
        Parameters: { SecretId: writerEpoch, 'SecretString.$': `$.x` },
        End: true,
      },
    },
  }),
};
