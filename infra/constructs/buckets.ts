import { S3Bucket } from '@cdktn/provider-aws/lib/s3-bucket/index.js';
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from '@cdktn/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
import { S3BucketOwnershipControls } from '@cdktn/provider-aws/lib/s3-bucket-ownership-controls/index.js';
import { S3BucketPolicy } from '@cdktn/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktn/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketReplicationConfigurationA } from '@cdktn/provider-aws/lib/s3-bucket-replication-configuration/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktn/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3BucketVersioningA } from '@cdktn/provider-aws/lib/s3-bucket-versioning/index.js';
import type { ServiceStores } from '../../apps/stores.ts';
import { bucketArn, bucketSuffix, servicePrincipal } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import { type At, idOf, type Scope } from '../stack.ts';
import { role, trustPlainService } from './roles.ts';
import type { Keys } from './secrets.ts';

type BucketOf = {
  key?: string;
  /** Former versions stay as long. */
  days: number;
  /** What else becomes of objects as they get old. */
  rules?: readonly S3BucketLifecycleConfigurationRule[];
  /** Who else may use it. */
  statements?: readonly Statement[];
};

/** A bucket as every bucket here is: private, versioned, encrypted, by TLS only. */
export function bucket(
  scope: Scope,
  region: At,
  name: string,
  { key, days, rules = [], statements = [] }: BucketOf,
): { id: string; versioning: S3BucketVersioningA; policy: S3BucketPolicy } {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const id = `bucket-${idOf(name)}`;
  const made = new S3Bucket(stack, id, {
    provider,
    bucket: name,
    forceDestroy: false,
    lifecycle: { preventDestroy: true },
  });
  const of = { provider, bucket: made.id };
  new S3BucketPublicAccessBlock(stack, `${id}-private`, {
    ...of,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new S3BucketOwnershipControls(stack, `${id}-owner`, { ...of, rule: { objectOwnership: 'BucketOwnerEnforced' } });
  new S3BucketServerSideEncryptionConfigurationA(stack, `${id}-encryption`, {
    ...of,
    rule: [
      {
        applyServerSideEncryptionByDefault: key
          ? { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key }
          : { sseAlgorithm: 'AES256' },
        bucketKeyEnabled: key !== undefined,
      },
    ],
  });
  const versioning = new S3BucketVersioningA(stack, `${id}-versions`, {
    ...of,
    versioningConfiguration: { status: 'Enabled' },
  });
  new S3BucketLifecycleConfiguration(stack, `${id}-expire`, {
    ...of,
    rule: [
      {
        id: 'former-versions',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        noncurrentVersionExpiration: [{ noncurrentDays: days }],
        abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
      },
      ...rules,
    ],
    dependsOn: [versioning],
  });
  const policy = new S3BucketPolicy(stack, `${id}-policy`, {
    ...of,
    policy: scope.policy(id, [
      {
        sid: 'TlsOnly',
        effect: 'Deny',
        actions: ['s3:*'],
        resources: [bucketArn(name), `${bucketArn(name)}/*`],
        principals: '*',
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      ...statements,
    ]),
  });
  return { id: made.id, versioning, policy };
}

/** The buckets of all services, and where two regions have the data, one in each, each with what the other gets. */
export function buckets(
  scope: Scope,
  stores: readonly ServiceStores[],
  { home, replica, keys }: { home: Region; replica: Region; keys: Keys },
): void {
  for (const { buckets: names, environments } of stores)
    for (const name of names) {
      const both = environments.some(({ region }) => region === replica.name);
      const make = (region: Region) =>
        bucket(scope, region, name + bucketSuffix(region), { key: keys[region.name], days: 30 });
      const first = make(home);
      if (!both) continue;
      const second = make(replica);
      replicate(scope, name, [home, replica], [first, second], keys);
      replicate(scope, name, [replica, home], [second, first], keys);
    }
}

type Bucket = ReturnType<typeof bucket>;

function replicate(
  scope: Scope,
  name: string,
  [from, to]: readonly [Region, Region],
  [source, target]: readonly [Bucket, Bucket],
  keys: Keys,
): void {
  const [here, there] = [bucketArn(name + bucketSuffix(from)), bucketArn(name + bucketSuffix(to))];
  const through = (region: Region, bucket: string) => ({
    StringEquals: { 'kms:ViaService': servicePrincipal(`s3.${region.aws.region}`) },
    StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket, `${bucket}/*`] },
  });
  const replicator = role(scope, from.name, {
    name: `tickets-replicate-${name}-${from.name}`,
    description: `Replicates ${name} from ${from.name}`,
    trust: trustPlainService('s3'),
    statements: [
      { sid: 'Source', actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'], resources: [here] },
      {
        sid: 'Read',
        actions: ['s3:GetObjectVersionAcl', 's3:GetObjectVersionForReplication', 's3:GetObjectVersionTagging'],
        resources: [`${here}/*`],
      },
      {
        sid: 'Write',
        actions: ['s3:ReplicateDelete', 's3:ReplicateObject', 's3:ReplicateTags'],
        resources: [`${there}/*`],
      },
      { sid: 'Decrypt', actions: ['kms:Decrypt'], resources: [keys[from.name]], conditions: through(from, here) },
      {
        sid: 'Encrypt',
        actions: ['kms:Encrypt', 'kms:GenerateDataKey'],
        resources: [keys[to.name]],
        conditions: through(to, there),
      },
    ],
  });
  new S3BucketReplicationConfigurationA(scope.stack, `replication-${idOf(name)}-${from.name}`, {
    provider: scope.provider(from.name),
    bucket: source.id,
    role: replicator.arn,
    rule: [
      {
        id: to.name,
        status: 'Enabled',
        priority: 0,
        filter: { prefix: '' },
        deleteMarkerReplication: { status: 'Enabled' },
        sourceSelectionCriteria: {
          sseKmsEncryptedObjects: { status: 'Enabled' },
          replicaModifications: { status: 'Enabled' },
        },
        destination: {
          bucket: there,
          encryptionConfiguration: { replicaKmsKeyId: keys[to.name] },
          // Within 15 minutes, and a metric that says how far behind it is.
          replicationTime: { status: 'Enabled', time: { minutes: 15 } },
          metrics: { status: 'Enabled', eventThreshold: { minutes: 15 } },
        },
      },
    ],
    dependsOn: [source.versioning, target.versioning],
  });
}
