import { IamPolicy } from '@cdktn/provider-aws/lib/iam-policy/index.js';
import { boundaryPolicy, clusters, globalArn, roleArn } from '../../overlays/names.ts';
import type { Region, RegionName } from '../../overlays/overlay.ts';
import type { Scope } from '../stack.ts';

/** What nobody but a platform engineer deletes, with or without a boundary: data, people's accounts and addresses, and what data cannot be read without. */
export const destroysData = [
  // What was done, too.
  ...['cloudtrail:DeleteTrail', 'cloudtrail:PutEventSelectors', 'cloudtrail:StopLogging', 'cloudtrail:UpdateTrail'],
  ...['cloudfront:DeleteDistribution', 'cognito-idp:AdminDeleteUser', 'cognito-idp:DeleteUserPool'],
  ...['dynamodb:DeleteBackup', 'dynamodb:DeleteTable', 'dynamodb:DeleteTableReplica'],
  // Items that expire are deleted, and without copies of each second nothing brings them back.
  ...['dynamodb:UpdateContinuousBackups', 'dynamodb:UpdateTimeToLive'],
  ...['ecr:BatchDeleteImage', 'ecr:DeleteRepository', 'eks:DeleteCluster', 'elasticloadbalancing:DeleteLoadBalancer'],
  ...['globalaccelerator:DeleteAccelerator', 'globalaccelerator:DeleteEndpointGroup'],
  ...['kafka:DeleteCluster', 'kafka:DeleteTopic'],
  // Whoever writes the policy of a key may lock out everybody else.
  ...['kms:DisableKey', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'],
  ...['logs:DeleteLogGroup', 'logs:DeleteLogStream'],
  ...['rds:DeleteDBCluster', 'rds:DeleteDBClusterAutomatedBackup', 'rds:DeleteDBClusterSnapshot'],
  ...['rds:DeleteDBInstance', 'rds:DeleteDBInstanceAutomatedBackup', 'rds:DeleteDBSnapshot'],
  ...['rds:DeleteGlobalCluster', 'rds:RemoveFromGlobalCluster'],
  // Files that get old are deleted by a lifecycle, too.
  ...['s3:DeleteBucket', 's3:DeleteBucketPolicy', 's3:DeleteObjectVersion', 's3:PutBucketVersioning'],
  ...['s3:PutLifecycleConfiguration', 'secretsmanager:DeleteSecret'],
];

const gives = ['iam:*', 'organizations:*', 'account:*'];

/** The most that any role of Terraform's may do. A role does what its own policy and this one allow. */
export function boundary(scope: Scope, regions: Record<RegionName, Region>, elsewhere: readonly string[]): void {
  const home = regions.tokyo;
  new IamPolicy(scope.stack, 'boundary', {
    provider: scope.provider(home.name),
    name: boundaryPolicy,
    description: 'The most that any role of Terraform may do',
    policy: scope.policy('boundary', [
      { sid: 'AllButIdentity', actions: gives, notActions: true, resources: ['*'] },
      // Karpenter, which gives its nodes their role by instance profiles.
      {
        sid: 'InstanceProfiles',
        actions: [
          ...['iam:AddRoleToInstanceProfile', 'iam:CreateInstanceProfile', 'iam:DeleteInstanceProfile'],
          ...['iam:GetInstanceProfile', 'iam:RemoveRoleFromInstanceProfile', 'iam:TagInstanceProfile'],
        ],
        resources: [globalArn(home, 'iam', 'instance-profile/*')],
      },
      {
        sid: 'NodeRoles',
        actions: ['iam:GetRole', 'iam:PassRole'],
        resources: Object.values(clusters).map(({ nodeRole }) => roleArn(home, nodeRole)),
      },
      {
        sid: 'Look',
        // The check of readiness asks what the functions of the failover may do.
        actions: ['iam:Get*', 'iam:List*', 'iam:SimulatePrincipalPolicy'],
        resources: ['*'],
      },
      { sid: 'KeepsData', effect: 'Deny', actions: destroysData, resources: ['*'] },
      {
        sid: 'OwnRegions',
        effect: 'Deny',
        // Services without regions, and prices, which are asked for elsewhere.
        actions: ['iam:*', 'organizations:*', 'pricing:*', 'sts:*'],
        notActions: true,
        resources: ['*'],
        conditions: {
          StringNotEquals: {
            'aws:RequestedRegion': [...Object.values(regions).map(({ aws }) => aws.region), ...elsewhere],
          },
        },
      },
    ]),
  });
}
