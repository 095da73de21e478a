import { arn, bucketArn, firewallAlarm, firewallBucket, globalRegion, secretId } from '../../../overlays/names.ts';
import { aKey, call, calls, keyOf, never, reference, seoul, service, someone, type Truth, tokyo } from './kit.ts';

const global = { aws: { ...tokyo.aws, region: globalRegion } };
const account = global.aws.account;
const records = bucketArn(firewallBucket(global));
const table = arn(global, 'dynamodb', `table/${firewallAlarm.table}`);
const slack = (region: typeof seoul) =>
  arn(region, 'secretsmanager', `secret:${secretId({ namespace: 'notifier', name: 'slack' })}-a1b2c3`);
const key = arn(global, 'kms', 'key/1');
const inRegion = { 'aws:RequestedRegion': globalRegion };

/** Of the stack firewall: whoever makes the report reads, and records what it sent. */
export const firewallTruths: Record<string, Truth> = {
  [firewallAlarm.function]: {
    may: [
      call('s3:ListBucket', records, inRegion),
      call('s3:GetObject', `${records}/AWSLogs/1/WAFLogs/cloudfront/tickets/a`, inRegion),
      ...calls(['dynamodb:PutItem', 'dynamodb:UpdateItem'], table),
      call('secretsmanager:GetSecretValue', slack(tokyo)),
      call('secretsmanager:GetSecretValue', slack(seoul)),
      ...[tokyo, seoul].map((region) => call('kms:Decrypt', aKey(region), keyOf(region, 'secrets', 'secretsmanager'))),
      ...['s3', 'dynamodb'].map((via) => call('kms:Decrypt', key, keyOf({ ...tokyo, ...global }, 'firewall', via))),
      call('sqs:SendMessage', reference('aws_sqs_queue.dead-letters'), inRegion),
      call('logs:PutLogEvents', arn(global, 'logs', `log-group:/aws/lambda/${firewallAlarm.function}:log-stream:a`)),
    ],
    mayNot: [
      ...never,
      ...calls(['s3:PutObject', 's3:DeleteObject'], `${records}/AWSLogs/a`, inRegion),
      call('s3:GetObject', `${bucketArn('prod-live-media-111122223333-ap-northeast-2')}/a`),
      ...calls(['dynamodb:DeleteItem', 'dynamodb:Scan', 'dynamodb:DeleteTable'], table),
      call('dynamodb:PutItem', arn(tokyo, 'dynamodb', 'table/dr-failover-lock')),
      call('secretsmanager:GetSecretValue', arn(tokyo, 'secretsmanager', 'secret:platform/ci/signing-a1b2c3')),
      call('secretsmanager:PutSecretValue', slack(tokyo)),
      call('kms:Decrypt', aKey(tokyo), keyOf(tokyo, 'data', 's3')),
      ...calls(
        ['wafv2:UpdateWebACL', 'wafv2:DeleteLoggingConfiguration'],
        arn(global, 'wafv2', 'global/webacl/tickets/1'),
      ),
      call('lambda:InvokeFunction', arn(global, 'lambda', `function:${firewallAlarm.function}`)),
    ],
    assumedBy: [service('lambda', account)],
    notBy: [
      service('lambda', '999988887777'),
      service('lambda'),
      service('events', account),
      { kind: 'AWS', id: someone },
    ],
  },
};
