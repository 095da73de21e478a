import { Cloudtrail } from '@cdktn/provider-aws/lib/cloudtrail/index.js';
import { arn, bucketArn, keyAlias, servicePrincipal, trailBucket, trail as trailName } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Scope } from '../stack.ts';
import { bucket } from './buckets.ts';
import { key, useBy } from './keys.ts';

/** Who called what of AWS, in every region, for a year: the first copy of calls that manage something is free. AWS itself keeps them for 90 days, as one list. */
export function trail(scope: Scope, home: Region): void {
  const name = trailBucket(home);
  // CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail" and "Configure AWS KMS key policies for CloudTrail".
  const ours = { 'aws:SourceArn': arn(home, 'cloudtrail', `trail/${trailName}`) };
  const principals = { Service: [servicePrincipal('cloudtrail')] };
  const { arn: kmsKeyId } = key(scope, home, {
    alias: keyAlias('trail'),
    description: 'Who called what of AWS',
    statements: [useBy('Trail', 'cloudtrail', { StringEquals: ours })],
  });
  const made = bucket(scope, home, name, {
    key: kmsKeyId,
    days: 30,
    rules: [{ id: 'trail', status: 'Enabled', filter: [{ prefix: '' }], expiration: [{ days: 365 }] }],
    statements: [
      {
        sid: 'AskOwner',
        actions: ['s3:GetBucketAcl'],
        resources: [bucketArn(name)],
        principals,
        conditions: { StringEquals: ours },
      },
      {
        sid: 'Deliver',
        actions: ['s3:PutObject'],
        resources: [`${bucketArn(name)}/AWSLogs/${home.aws.account}/*`],
        principals,
        conditions: { StringEquals: { ...ours, 's3:x-amz-acl': 'bucket-owner-full-control' } },
      },
    ],
  });
  new Cloudtrail(scope.stack, 'trail', {
    provider: scope.provider(home.name),
    name: trailName,
    s3BucketName: made.id,
    kmsKeyId,
    isMultiRegionTrail: true,
    includeGlobalServiceEvents: true,
    // So that nobody changes a file unseen.
    enableLogFileValidation: true,
    dependsOn: [made.policy],
    lifecycle: { preventDestroy: true },
  });
}
