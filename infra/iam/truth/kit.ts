import {
  arn,
  bucketArn,
  bucketSuffix,
  clusterLogGroup,
  clusters,
  failoverRules,
  globalArn,
  globalDatabase,
  nodeLogGroup,
  people,
  roleArn,
  stateBucket,
} from '../../../overlays/names.ts';
import type { Region } from '../../../overlays/overlay.ts';
import { byRegion } from '../../../overlays/regions/index.ts';
import type { Asker, Context, Request } from '../evaluate.ts';

/** What a role must be able to do, what it must not, and who may and may not become it. Of every role of the stacks. */
export type Truth = { may: Request[]; mayNot: Request[]; assumedBy: Asker[]; notBy: Asker[] };

export const { seoul, tokyo } = byRegion((region) => region);
export const elsewhere: Region = { ...seoul, aws: { ...seoul.aws, region: 'eu-west-1' } };
export const mallory = 'arn:aws:iam::999988887777:user/mallory';
export const someone = globalArn(seoul, 'iam', 'user/someone');

/** A call about something whose ARN says the region; `more` are other keys of the request. */
export const call = (action: string, resource: string, more: Context = {}): Request => ({
  action,
  resource,
  context: { 'aws:RequestedRegion': resource.split(':')[3] || seoul.aws.region, ...more },
});
export const calls = (actions: string[], resource: string, more?: Context): Request[] =>
  actions.map((action) => call(action, resource, more));

/** What nobody who runs in a cluster, and no function, may ever do. */
export const never: Request[] = [
  call('iam:CreateUser', someone),
  call('iam:CreateRole', roleArn(seoul, 'new')),
  call('iam:PutRolePolicy', roleArn(seoul, people.admin)),
  call('sts:AssumeRole', roleArn(seoul, people.admin)),
  call('rds:DeleteDBCluster', arn(seoul, 'rds', `cluster:${globalDatabase.clusters.seoul}`)),
  call('rds:RemoveFromGlobalCluster', globalArn(seoul, 'rds', `global-cluster:${globalDatabase.name}`)),
  call('dynamodb:DeleteTable', arn(seoul, 'dynamodb', 'table/prod-booking-seats')),
  call('secretsmanager:GetSecretValue', arn(seoul, 'secretsmanager', 'secret:databases/reserve-db-prod-a1b2c3')),
  call('s3:GetObject', `${bucketArn(stateBucket(tokyo))}/data.tfstate`),
];

export const service = (id: string, account?: string): Asker => ({
  kind: 'Service',
  id: `${id}.amazonaws.com`,
  ...(account ? { context: { 'aws:SourceAccount': account } } : {}),
});
export const pod = (cluster: string, namespace: string, account: string, more: Context = {}): Asker => ({
  ...service('pods.eks'),
  context: {
    'aws:SourceAccount': seoul.aws.account,
    'aws:RequestTag/eks-cluster-name': cluster,
    'aws:RequestTag/kubernetes-namespace': namespace,
    'aws:RequestTag/kubernetes-service-account': account,
    ...more,
  },
});

/** Of a role for one ServiceAccount: it, and none that differs in one thing. */
export const ofPod = (cluster: string, namespace: string, account: string): Pick<Truth, 'assumedBy' | 'notBy'> => ({
  assumedBy: [pod(cluster, namespace, account), { ...pod(cluster, namespace, account), action: 'sts:TagSession' }],
  notBy: [
    pod('other-cluster', namespace, account),
    pod(cluster, 'default', account),
    pod(cluster, namespace, 'default'),
    pod(cluster, namespace, account, { 'aws:SourceAccount': '999988887777' }),
    service('pods.eks', seoul.aws.account),
    { kind: 'Service', id: 'ec2.amazonaws.com', context: pod(cluster, namespace, account).context ?? {} },
    { kind: 'AWS', id: someone },
  ],
});

export const keyOf = (region: Region, alias: string, via: string): Context => ({
  'kms:ResourceAliases': [`alias/tickets-${alias}`],
  'kms:ViaService': `${via}.${region.aws.region}.amazonaws.com`,
});
export const aKey = (region: Region) => arn(region, 'kms', 'key/mrk-1');

/** The ARN of what only Terraform knows: a policy and its table name it alike. */
export const reference = (of: string): string => `\${${of}.arn}`;
export const image = (region: Region, repository = 'ticket'): string => arn(region, 'ecr', `repository/${repository}`);

/** Lines of pods, in the group of a region's cluster. */
export const podLogs = (region: Region): string =>
  arn(region, 'logs', `log-group:${nodeLogGroup(clusters[region.name].name, 'application')}`);

/** How data are lost. */
export const keepsData: Request[] = [
  call('rds:DeleteDBCluster', arn(seoul, 'rds', 'cluster:reserve-db-prod')),
  call('rds:RemoveFromGlobalCluster', globalArn(seoul, 'rds', 'global-cluster:reserve-db-global')),
  call('dynamodb:DeleteTable', arn(seoul, 'dynamodb', 'table/prod-booking-seats')),
  call('s3:DeleteBucket', bucketArn('prod-live-recordings')),
  call('s3:DeleteObjectVersion', `${bucketArn(stateBucket(tokyo))}/data.tfstate`),
  call('kms:ScheduleKeyDeletion', aKey(seoul)),
  call('secretsmanager:DeleteSecret', arn(seoul, 'secretsmanager', 'secret:platform/prod/ticket-postgres-a1b2c3')),
  call('eks:DeleteCluster', arn(seoul, 'eks', 'cluster/eks-cluster')),
  ...calls(
    [
      ...['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PartiQLDelete', 'dynamodb:PutItem'],
      ...['dynamodb:UpdateContinuousBackups', 'dynamodb:UpdateItem', 'dynamodb:UpdateTimeToLive'],
    ],
    arn(seoul, 'dynamodb', 'table/prod-booking-seats'),
  ),
  ...calls(['s3:DeleteObject', 's3:PutObject'], `${bucketArn(`prod-live-recordings${bucketSuffix(seoul)}`)}/recording`),
  call('sqs:PurgeQueue', arn(tokyo, 'sqs', failoverRules.deadLetters)),
  ...calls(['ec2:DeleteSnapshot'], arn(seoul, 'ec2', 'snapshot/any')),
  ...calls(['ec2:DeleteVolume'], arn(seoul, 'ec2', 'volume/any')),
  ...[seoul, tokyo].flatMap((region) =>
    calls(['logs:DeleteLogGroup', 'logs:PutRetentionPolicy'], `${podLogs(region)}:*`),
  ),
  call('logs:DeleteLogStream', `${podLogs(seoul)}:log-stream:any`),
  call('logs:PutRetentionPolicy', arn(seoul, 'logs', `log-group:${clusterLogGroup(clusters.seoul.name)}:*`)),
];
