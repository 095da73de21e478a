import { CloudwatchEventRule } from '@cdktn/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktn/provider-aws/lib/cloudwatch-event-target/index.js';
import { CloudwatchMetricAlarm } from '@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import { DataAwsWafv2WebAcl } from '@cdktn/provider-aws/lib/data-aws-wafv2-web-acl/index.js';
import type { DynamodbTable } from '@cdktn/provider-aws/lib/dynamodb-table/index.js';
import type { LambdaFunction } from '@cdktn/provider-aws/lib/lambda-function/index.js';
import { LambdaPermission } from '@cdktn/provider-aws/lib/lambda-permission/index.js';
import { S3BucketNotification } from '@cdktn/provider-aws/lib/s3-bucket-notification/index.js';
import type { SqsQueue } from '@cdktn/provider-aws/lib/sqs-queue/index.js';
import { Wafv2WebAclLoggingConfiguration } from '@cdktn/provider-aws/lib/wafv2-web-acl-logging-configuration/index.js';
import { blockedPerMinute } from '../../overlays/landing.ts';
import {
  arn,
  bucketArn,
  firewallAlarm,
  firewallBucket,
  keyAlias,
  servicePrincipal,
  webAcl,
} from '../../overlays/names.ts';
import type { At, Scope } from '../stack.ts';
import { bucket } from './buckets.ts';
import { claims } from './claims.ts';
import { key, useBy } from './keys.ts';

/** Whoever delivers logs names itself so, for this account alone. */
const deliveries = (at: At) => ({
  StringEquals: { 'aws:SourceAccount': at.aws.account },
  ArnLike: { 'aws:SourceArn': arn(at, 'logs', '*') },
});

/** The key of the firewall's records, messages and logs. */
export const firewallKey = (scope: Scope, at: At): string =>
  key(scope, at, {
    alias: keyAlias('firewall'),
    description: 'Records and messages of the firewall',
    statements: [
      useBy('Records', 'delivery.logs', deliveries(at)),
      useBy('Alarms', 'cloudwatch', { StringEquals: { 'aws:SourceAccount': at.aws.account } }),
      useBy('Logs', `logs.${at.aws.region}`, {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn(at, 'logs', 'log-group:*') },
      }),
    ],
  }).arn;

/** What the firewall did, for as long as somebody may ask: records have addresses of people. */
export function records(scope: Scope, at: At, kmsKey: string): { name: string } {
  const { stack } = scope;
  const provider = scope.provider(at.name);
  const name = firewallBucket(at);
  const delivery = { principals: { Service: [servicePrincipal('delivery.logs')] } };
  const { StringEquals, ArnLike } = deliveries(at);
  const made = bucket(scope, at, name, {
    key: kmsKey,
    days: 7,
    rules: [{ id: 'records', status: 'Enabled', filter: [{ prefix: 'AWSLogs/' }], expiration: [{ days: 90 }] }],
    // AWS WAF developer guide, "Permissions required to publish logs to Amazon S3".
    statements: [
      {
        sid: 'Deliver',
        actions: ['s3:PutObject'],
        resources: [`${bucketArn(name)}/AWSLogs/${at.aws.account}/*`],
        ...delivery,
        conditions: { StringEquals: { ...StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' }, ArnLike },
      },
      {
        sid: 'AskOwner',
        actions: ['s3:GetBucketAcl'],
        resources: [bucketArn(name)],
        ...delivery,
        conditions: { StringEquals, ArnLike },
      },
    ],
  });
  new S3BucketNotification(stack, 'record-events', { provider, bucket: made.id, eventbridge: true });
  const acl = new DataAwsWafv2WebAcl(stack, 'web-acl', { provider, name: webAcl, scope: 'CLOUDFRONT' });
  new Wafv2WebAclLoggingConfiguration(stack, 'records', {
    provider,
    resourceArn: acl.arn,
    logDestinationConfigs: [bucketArn(name)],
    // What signs a person in is in no record.
    redactedFields: ['authorization', 'cookie', 'x-api-key'].map((header) => ({ singleHeader: { name: header } })),
    loggingFilter: {
      defaultBehavior: 'DROP',
      filter: [
        {
          behavior: 'KEEP',
          requirement: 'MEETS_ANY',
          // A rule that is new counts first.
          condition: ['BLOCK', 'COUNT', 'CAPTCHA', 'CHALLENGE', 'EXCLUDED_AS_COUNT'].map((action) => ({
            actionCondition: { action },
          })),
        },
      ],
    },
    dependsOn: [made.versioning],
  });
  return { name };
}

/** What people were notified of already. */
export const reportedTable = (scope: Scope, at: At, kmsKeyArn: string): DynamodbTable =>
  claims(scope, at.name, { id: 'told', name: firewallAlarm.table, expires: 'expires' }, kmsKeyArn);

type Triggers = { bucketName: string; report: LambdaFunction; queue: SqsQueue; topic: string };

/** A new file starts the report, and an alarm is the report's at once. */
export function triggers(scope: Scope, at: At, { bucketName, report, queue, topic }: Triggers): void {
  const { stack } = scope;
  const provider = scope.provider(at.name);
  const rule = new CloudwatchEventRule(stack, 'rule-records', {
    provider,
    name: firewallAlarm.rule,
    eventPattern: scope.json('rule-records-pattern', {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: [bucketName] },
        object: { key: [{ prefix: `AWSLogs/${at.aws.account}/WAFLogs/cloudfront/${webAcl}/` }] },
      },
    }),
  });
  const from = (id: string, principal: string, sourceArn: string) =>
    new LambdaPermission(stack, `report-from-${id}`, {
      provider,
      functionName: report.functionName,
      action: 'lambda:InvokeFunction',
      principal: servicePrincipal(principal),
      sourceArn,
      sourceAccount: at.aws.account,
    });
  const allowed = from('records', 'events', rule.arn);
  new CloudwatchEventTarget(stack, 'rule-records-target', {
    provider,
    rule: rule.name,
    arn: report.arn,
    retryPolicy: { maximumEventAgeInSeconds: 300, maximumRetryAttempts: 3 },
    deadLetterConfig: { arn: queue.arn },
    dependsOn: [allowed],
  });
  from('alarm', 'lambda.alarms.cloudwatch', arn(at, 'cloudwatch', `alarm:${firewallAlarm.alarm}`));
  new CloudwatchMetricAlarm(stack, 'alarm-blocked', {
    provider,
    alarmName: firewallAlarm.alarm,
    alarmDescription: `The firewall blocked more than ${blockedPerMinute} requests in a minute`,
    namespace: 'AWS/WAFV2',
    metricName: 'BlockedRequests',
    // Of CloudFront it has no dimension Region.
    dimensions: { WebACL: webAcl, Rule: 'ALL' },
    statistic: 'Sum',
    period: 60,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: blockedPerMinute,
    treatMissingData: 'notBreaching',
    alarmActions: [report.arn, topic],
    okActions: [report.arn, topic],
  });
}
