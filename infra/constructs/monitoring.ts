import { CloudwatchMetricAlarm } from '@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import { EksAddon } from '@cdktn/provider-aws/lib/eks-addon/index.js';
import { SnsTopic } from '@cdktn/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktn/provider-aws/lib/sns-topic-policy/index.js';
import type { Alarm } from '../../monitoring/cloudwatch.ts';
import {
  alarmTopic,
  arn,
  clusters,
  insightsLogGroup,
  keyAlias,
  metricsAgent,
  podRole,
  servicePrincipal,
} from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import { idOf, type Place, type Scope } from '../stack.ts';
import { key, useBy } from './keys.ts';
import { logGroup } from './logs.ts';
import { role, trustPod } from './roles.ts';

/** Where the alarms of a region notify people, who subscribe themselves. */
export function alarmsTopic(scope: Scope, region: Region): string {
  const provider = scope.provider(region.name);
  const sameAccount = { StringEquals: { 'aws:SourceAccount': region.aws.account } };
  const { arn: kmsMasterKeyId } = key(scope, region, {
    alias: keyAlias(`alarms-${region.name}`),
    description: 'Messages of alarms',
    statements: [useBy('Alarms', 'cloudwatch', sameAccount)],
  });
  const made = new SnsTopic(scope.stack, `topic-${region.name}`, { provider, name: alarmTopic, kmsMasterKeyId });
  new SnsTopicPolicy(scope.stack, `topic-policy-${region.name}`, {
    provider,
    arn: made.arn,
    policy: scope.policy(`topic-${region.name}`, [
      {
        sid: 'Alarms',
        actions: ['sns:Publish'],
        resources: [made.arn],
        principals: { Service: [servicePrincipal('cloudwatch')] },
        conditions: sameAccount,
      },
    ]),
  });
  return made.arn;
}

/** An alarm by a threshold, or by the band that CloudWatch learns. */
export function metricAlarm(scope: Scope, region: { name: Place }, alarm: Alarm, topic: string): void {
  const { namespace, metric: metricName, dimensions, statistic, period, band } = alarm;
  const learned = {
    thresholdMetricId: 'band',
    metricQuery: [
      { id: 'metric', returnData: true, metric: { namespace, metricName, dimensions, stat: statistic, period } },
      { id: 'band', returnData: true, label: 'usual', expression: `ANOMALY_DETECTION_BAND(metric, ${band})` },
    ],
  };
  const plain = {
    ...{ namespace, metricName, dimensions, period },
    ...(statistic.startsWith('p') ? { extendedStatistic: statistic } : { statistic }),
    ...(alarm.threshold === undefined ? {} : { threshold: alarm.threshold }),
  };
  new CloudwatchMetricAlarm(scope.stack, `alarm-${region.name}-${idOf(alarm.name)}`, {
    provider: scope.provider(region.name),
    alarmName: alarm.name,
    alarmDescription: alarm.description,
    comparisonOperator: alarm.comparison,
    evaluationPeriods: alarm.evaluations,
    treatMissingData: alarm.missing,
    ...(band === undefined ? plain : learned),
    alarmActions: [topic],
    okActions: [topic],
    tags: { 'tickets.example/severity': alarm.severity },
  });
}

/** Container Insights: an add-on of EKS, whose agents write one record a minute for each node and pod. CloudWatch makes the metrics of them. */
export function containerInsights(scope: Scope, region: Region, logsKey: string): void {
  const { name: cluster } = clusters[region.name];
  const { namespace, account } = metricsAgent;
  const group = insightsLogGroup(cluster, 'performance');
  // Before the agents, which would make it without an end.
  const logs = logGroup(scope, region, group, { days: 7, key: logsKey });
  const agent = role(scope, region.name, {
    name: podRole(cluster, account),
    description: 'The agents of Container Insights',
    trust: trustPod({ cluster, namespace, account }, region.aws.account),
    statements: agentStatements(region, group),
  });
  new EksAddon(scope.stack, `addon-insights-${region.name}`, {
    provider: scope.provider(region.name),
    clusterName: cluster,
    addonName: 'amazon-cloudwatch-observability',
    resolveConflictsOnCreate: 'OVERWRITE',
    resolveConflictsOnUpdate: 'OVERWRITE',
    podIdentityAssociation: [{ serviceAccount: account, roleArn: agent.arn }],
    configurationValues: scope.json(`addon-insights-${region.name}-values`, {
      // Logs have a way of their own. The others look at hardware that no node has, and cost as much as those that do.
      containerLogs: { enabled: false },
      dcgmExporter: { enabled: false },
      neuronMonitor: { enabled: false },
    }),
    dependsOn: [logs],
  });
}

const agentStatements = (region: Region, group: string): Statement[] => [
  {
    sid: 'Metrics',
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    conditions: {
      StringEquals: { 'aws:RequestedRegion': region.aws.region, 'cloudwatch:namespace': 'ContainerInsights' },
    },
  },
  {
    sid: 'Records',
    actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
    resources: [arn(region, 'logs', `log-group:${group}`), arn(region, 'logs', `log-group:${group}:*`)],
  },
  {
    sid: 'Describe',
    actions: ['ec2:DescribeTags', 'ec2:DescribeVolumes'],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': region.aws.region } },
  },
];
