import { CloudwatchLogDelivery } from '@cdktn/provider-aws/lib/cloudwatch-log-delivery/index.js';
import { CloudwatchLogDeliveryDestination } from '@cdktn/provider-aws/lib/cloudwatch-log-delivery-destination/index.js';
import { CloudwatchLogDeliverySource } from '@cdktn/provider-aws/lib/cloudwatch-log-delivery-source/index.js';
import { accessLogDays, accessLogFields } from '../../entrance/access-log.ts';
import { arn, bucketArn, keyAlias, servicePrincipal, siteLog, siteLogBucket } from '../../overlays/names.ts';
import type { At, Scope } from '../stack.ts';
import { bucket } from './buckets.ts';
import { key, useBy } from './keys.ts';

/**
 * Who asked the site for what: CloudFront's log, delivered by CloudWatch Logs (standard logging v2), whose API for CloudFront is in CloudFront's own region.
 * Version 1 would need a bucket with access lists, which ours have not.
 */
export function accessLog(scope: Scope, at: At, distribution: string): void {
  const { stack } = scope;
  const provider = scope.provider(at.name);
  const name = siteLogBucket(at);
  // CloudWatch Logs user guide, "Logs sent to Amazon S3" [V2]: bucket and key.
  const from = (source: string) => ({
    StringEquals: { 'aws:SourceAccount': at.aws.account },
    ArnLike: { 'aws:SourceArn': arn(at, 'logs', source) },
  });
  const delivery = from(`delivery-source:${siteLog}`);
  const principals = { Service: [servicePrincipal('delivery.logs')] };
  const encryption = key(scope, at, {
    alias: keyAlias('site'),
    description: 'The log of the site',
    // Of a key the guide names no narrower source.
    statements: [useBy('AccessLog', 'delivery.logs', from('*'))],
  });
  const made = bucket(scope, at, name, {
    key: encryption.arn,
    days: 7,
    rules: [{ id: 'log', status: 'Enabled', filter: [{ prefix: '' }], expiration: [{ days: accessLogDays }] }],
    statements: [
      {
        sid: 'Deliver',
        actions: ['s3:PutObject'],
        // The service puts AWSLogs/<account>/CloudFront/ before each file, and forgets that when the delivery is changed (cloudformation-coverage-roadmap#2274).
        resources: [`${bucketArn(name)}/*`],
        principals,
        conditions: {
          ...delivery,
          StringEquals: { ...delivery.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' },
        },
      },
      {
        sid: 'AskOwner',
        actions: ['s3:GetBucketAcl', 's3:ListBucket'],
        resources: [bucketArn(name)],
        principals,
        conditions: delivery,
      },
    ],
  });
  const source = new CloudwatchLogDeliverySource(stack, 'log-source', {
    provider,
    name: siteLog,
    logType: 'ACCESS_LOGS',
    resourceArn: distribution,
  });
  const destination = new CloudwatchLogDeliveryDestination(stack, 'log-destination', {
    provider,
    name: siteLog,
    outputFormat: 'json',
    deliveryDestinationConfiguration: [{ destinationResourceArn: bucketArn(name) }],
    // Otherwise CloudWatch Logs would add its own statement to the policy.
    dependsOn: [made.policy],
  });
  new CloudwatchLogDelivery(stack, 'log-delivery', {
    provider,
    deliverySourceName: source.name,
    deliveryDestinationArn: destination.arn,
    // Without them CloudFront chooses, and among what it chooses are cookies and queries.
    recordFields: [...accessLogFields],
  });
}
