import { arn, bucketArn, clusters, logBucket, logShipper, logStreams, nodeLogGroup } from '../../../overlays/names.ts';
import type { Region } from '../../../overlays/overlay.ts';
import { aKey, call, calls, keyOf, never, ofPod, seoul, service, someone, type Truth, tokyo } from './kit.ts';

/** Whoever ships, hands on and delivers the logs of a region. */
export function logTruths(region: Region): Record<string, Truth> {
  const { name: cluster } = clusters[region.name];
  const other = region === seoul ? tokyo : seoul;
  const account = region.aws.account;
  const stream = (at: Region, name: string) => arn(at, 'firehose', `deliverystream/${name}`);
  const group = (at: Region, name: string) => arn(at, 'logs', `log-group:${name}:log-stream:a`);
  const bucket = bucketArn(logBucket(region));
  const inRegion = { 'aws:RequestedRegion': region.aws.region };
  const notBy = (of: string) => [
    service(of, '999988887777'),
    service('ec2', account),
    { kind: 'AWS' as const, id: someone },
  ];
  const delivery = (kind: keyof typeof logStreams, otherKind: keyof typeof logStreams): Truth => ({
    may: [
      call('s3:PutObject', `${bucket}/eks/${kind}/a`, inRegion),
      call('s3:PutObject', `${bucket}/errors/${kind}/a`, inRegion),
      call('kms:GenerateDataKey', aKey(region), keyOf(region, 'logs', 's3')),
      call('kms:Decrypt', aKey(region), keyOf(region, 'logs', 'firehose')),
      call(
        'logs:PutLogEvents',
        arn(region, 'logs', `log-group:/aws/kinesisfirehose/${logStreams[kind]}:log-stream:delivery`),
      ),
    ],
    mayNot: [
      ...never,
      call('s3:PutObject', `${bucket}/eks/${otherKind}/a`, inRegion),
      ...calls(['s3:GetObject', 's3:DeleteObject'], `${bucket}/eks/${kind}/a`, inRegion),
      call('s3:PutObject', `${bucketArn(logBucket(other))}/eks/${kind}/a`, inRegion),
      call('kms:Decrypt', aKey(region), keyOf(region, 'data', 's3')),
    ],
    assumedBy: [service('firehose', account)],
    notBy: [...notBy('firehose'), service('firehose')],
  });
  const fromGroup = (at: Region) => ({
    ...service('logs'),
    context: { 'aws:SourceAccount': account, 'aws:SourceArn': arn(at, 'logs', 'log-group:/aws/eks/a/cluster:*') },
  });
  return {
    [`${cluster}-${logShipper.account}`]: {
      ...ofPod(cluster, logShipper.namespace, logShipper.account),
      may: calls(['logs:CreateLogStream', 'logs:PutLogEvents'], group(region, nodeLogGroup(cluster, 'application'))),
      mayNot: [
        ...never,
        ...calls(['logs:DeleteLogStream', 'logs:GetLogEvents'], group(region, nodeLogGroup(cluster, 'application'))),
        call('logs:PutLogEvents', group(region, `/aws/eks/${cluster}/cluster`)),
        call('logs:PutLogEvents', group(other, nodeLogGroup(clusters[other.name].name, 'application'))),
        call('logs:CreateLogGroup', arn(region, 'logs', 'log-group:/aws/containerinsights/new')),
        ...calls(
          ['logs:DeleteLogGroup', 'logs:PutRetentionPolicy'],
          arn(region, 'logs', `log-group:${nodeLogGroup(cluster, 'host')}`),
        ),
      ],
    },
    [`${cluster}-deliver-application`]: delivery('application', 'control-plane'),
    [`${cluster}-deliver-control-plane`]: delivery('control-plane', 'application'),
    [`${cluster}-subscribe-logs`]: {
      may: Object.values(logStreams).flatMap((name) =>
        calls(['firehose:PutRecord', 'firehose:PutRecordBatch'], stream(region, name)),
      ),
      mayNot: [
        ...never,
        call('firehose:PutRecord', stream(region, 'other')),
        call('firehose:PutRecord', stream(other, logStreams.application)),
        call('firehose:DeleteDeliveryStream', stream(region, logStreams.application)),
      ],
      assumedBy: [fromGroup(region)],
      notBy: [fromGroup(other), service('logs', account), ...notBy('logs')],
    },
  };
}
