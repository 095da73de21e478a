import { CloudwatchLogStream } from '@cdktn/provider-aws/lib/cloudwatch-log-stream/index.js';
import { CloudwatchLogSubscriptionFilter } from '@cdktn/provider-aws/lib/cloudwatch-log-subscription-filter/index.js';
import { KinesisFirehoseDeliveryStream } from '@cdktn/provider-aws/lib/kinesis-firehose-delivery-stream/index.js';
import {
  arn,
  bucketArn,
  type LogKind,
  logBucket,
  logKinds,
  logShipper,
  logStreams,
  nodeLogGroup,
} from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Scope } from '../stack.ts';
import { bucket } from './buckets.ts';
import type { Cluster } from './cluster.ts';
import { logGroup } from './logs.ts';
import { podIdentity } from './pods.ts';
import { role, trustService } from './roles.ts';
import { useOfKey } from './services.ts';

/** Days in CloudWatch, where people look at what is new. What stays longer is in S3. */
const days: Record<LogKind, number> = { application: 14, dataplane: 7, host: 7 };

/** Logs of pods, nodes and control plane: to CloudWatch, and from there those of pods and control plane by Firehose to S3. */
export function logDelivery(scope: Scope, region: Region, cluster: Cluster, key: string): void {
  const groups = Object.fromEntries(
    logKinds.map((kind) => [
      kind,
      logGroup(scope, region, nodeLogGroup(cluster.name, kind), { days: days[kind], key }).name,
    ]),
  ) as Record<LogKind, string>;
  podIdentity(scope, region, cluster, {
    name: `${cluster.name}-${logShipper.account}`,
    description: 'Fluent Bit ships the logs of nodes',
    ...logShipper,
    statements: [
      {
        sid: 'Ship',
        // It may look for streams; the groups are there, with an end and a key.
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: logKinds.map((kind) => arn(region, 'logs', `log-group:${nodeLogGroup(cluster.name, kind)}:*`)),
      },
    ],
  });
  const made = archive(scope, region, key);
  const streams = {
    application: stream(scope, region, cluster.name, { kind: 'application', key, bucketId: made.id }),
    'control-plane': stream(scope, region, cluster.name, { kind: 'control-plane', key, bucketId: made.id }),
  };
  const sources = { application: groups.application, 'control-plane': cluster.logs.name };
  subscribe(scope, region, cluster.name, streams, sources);
}

/** Where logs stay for five years. Files below 128 kB never move, and Deep Archive is paid for half a year at least. */
function archive(scope: Scope, region: Region, key: string): { id: string } {
  return bucket(scope, region, logBucket(region), {
    key,
    days: 30,
    rules: [
      {
        id: 'logs',
        status: 'Enabled',
        filter: [{ prefix: 'eks/' }],
        transition: [
          { days: 30, storageClass: 'INTELLIGENT_TIERING' },
          { days: 180, storageClass: 'DEEP_ARCHIVE' },
        ],
        expiration: [{ days: 1825 }],
      },
      { id: 'errors', status: 'Enabled', filter: [{ prefix: 'errors/' }], expiration: [{ days: 30 }] },
    ],
  });
}

type Kind = keyof typeof logStreams;
type Processor = { type: string; parameters?: { parameterName: string; parameterValue: string }[] };

/**
 * CloudWatch sends gzip, with events of one log stream in each record. Unpacked first, or S3 would have gzip in gzip. Of pods each event becomes
 * a line, because it says itself whose it is. What the control plane writes does not: there a record with the names of group and stream is a line.
 */
const processors: Record<Kind, Processor[]> = {
  application: [
    { type: 'Decompression', parameters: [{ parameterName: 'CompressionFormat', parameterValue: 'GZIP' }] },
    {
      type: 'CloudWatchLogProcessing',
      parameters: [{ parameterName: 'DataMessageExtraction', parameterValue: 'true' }],
    },
  ],
  'control-plane': [
    { type: 'Decompression', parameters: [{ parameterName: 'CompressionFormat', parameterValue: 'GZIP' }] },
    { type: 'AppendDelimiterToRecord' },
  ],
};

function stream(
  scope: Scope,
  region: Region,
  cluster: string,
  { kind, key, bucketId }: { kind: Kind; key: string; bucketId: string },
): KinesisFirehoseDeliveryStream {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const name = logStreams[kind];
  const to = bucketArn(logBucket(region));
  const errors = logGroup(scope, region, `/aws/kinesisfirehose/${name}`, { days: 30, key });
  const errorStream = new CloudwatchLogStream(stack, `log-stream-${name}`, {
    provider,
    name: 'delivery',
    logGroupName: errors.name,
  });
  const delivery = role(scope, region.name, {
    name: `${cluster}-deliver-${kind}`,
    description: `Firehose delivers logs: ${kind}`,
    trust: trustService('firehose', region.aws.account),
    statements: [
      {
        sid: 'Find',
        actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        resources: [to],
      },
      {
        sid: 'Write',
        actions: ['s3:AbortMultipartUpload', 's3:PutObject'],
        resources: [`${to}/eks/${kind}/*`, `${to}/errors/${kind}/*`],
      },
      useOfKey(region, 'logs', ['firehose', 's3'], ['Decrypt', 'GenerateDataKey']),
      {
        sid: 'Errors',
        actions: ['logs:PutLogEvents'],
        resources: [arn(region, 'logs', `log-group:/aws/kinesisfirehose/${name}:log-stream:delivery`)],
      },
    ],
  });
  const day = 'year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}';
  return new KinesisFirehoseDeliveryStream(stack, `stream-${kind}`, {
    provider,
    name,
    destination: 'extended_s3',
    serverSideEncryption: { enabled: true, keyType: 'CUSTOMER_MANAGED_CMK', keyArn: key },
    extendedS3Configuration: {
      bucketArn: bucketArn(bucketId),
      roleArn: delivery.arn,
      kmsKeyArn: key,
      prefix: `eks/${kind}/${day}/`,
      errorOutputPrefix: `errors/${kind}/!{firehose:error-output-type}/${day}/`,
      // The larger a file, the less it costs to keep and to read.
      bufferingSize: 64,
      bufferingInterval: 900,
      compressionFormat: 'GZIP',
      fileExtension: '.json.gz',
      cloudwatchLoggingOptions: { enabled: true, logGroupName: errors.name, logStreamName: errorStream.name },
      processingConfiguration: { enabled: true, processors: processors[kind] },
    },
  });
}

/** CloudWatch Logs puts what comes to a group into a stream. A group has two filters at most. */
function subscribe(
  scope: Scope,
  region: Region,
  cluster: string,
  streams: Record<Kind, KinesisFirehoseDeliveryStream>,
  groups: Record<Kind, string>,
): void {
  const subscriber = role(scope, region.name, {
    name: `${cluster}-subscribe-logs`,
    description: 'CloudWatch Logs hands logs to Firehose',
    trust: trustService('logs', region.aws.account, {
      ArnLike: { 'aws:SourceArn': arn(region, 'logs', 'log-group:*') },
    }),
    statements: [
      {
        sid: 'Put',
        actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
        resources: Object.values(logStreams).map((name) => arn(region, 'firehose', `deliverystream/${name}`)),
      },
    ],
  });
  for (const kind of Object.keys(streams) as Kind[])
    new CloudwatchLogSubscriptionFilter(scope.stack, `subscription-${kind}`, {
      provider: scope.provider(region.name),
      name: logStreams[kind],
      logGroupName: groups[kind],
      destinationArn: streams[kind].arn,
      roleArn: subscriber.arn,
      // All of it.
      filterPattern: '',
      distribution: 'ByLogStream',
    });
}
