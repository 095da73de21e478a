import type { ServiceStores } from '../../apps/stores.ts';
import {
  arn,
  bucketArn,
  bucketSuffix,
  keyAlias,
  loginRoleName,
  roleArn,
  secretId,
  servicePrincipal,
} from '../../overlays/names.ts';
import type { Region, RegistryLogin } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import type { Scope } from '../stack.ts';
import type { Cluster } from './cluster.ts';
import { podIdentity, programRole } from './pods.ts';

/** Use of the key with this alias, only through these services of AWS: the key itself is in another stack, or region. */
export const useOfKey = (
  region: Pick<Region, 'aws'>,
  of: string,
  services: readonly string[],
  actions: readonly string[],
): Statement => ({
  sid: 'Key',
  actions: actions.map((action) => `kms:${action}`),
  resources: [arn(region, 'kms', 'key/*')],
  conditions: {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': keyAlias(of) },
    StringEquals: { 'kms:ViaService': services.map((service) => servicePrincipal(`${service}.${region.aws.region}`)) },
  },
});

/** Reads and writes items of its own tables, and files of its own bucket: no table of another service, and none of another environment's data. */
export function storeStatements(region: Region, { tables, buckets }: ServiceStores): Statement[] {
  const suffixed = buckets.map((bucket) => bucketArn(bucket + bucketSuffix(region)));
  return [
    ...(tables.length > 0
      ? [
          {
            sid: 'Tables',
            actions: [
              ...['BatchGetItem', 'ConditionCheckItem', 'DescribeTable', 'GetItem', 'Query', 'Scan'],
              ...['BatchWriteItem', 'DeleteItem', 'PutItem', 'UpdateItem'],
            ].map((action) => `dynamodb:${action}`),
            resources: tables.flatMap(({ name }) => [
              arn(region, 'dynamodb', `table/${name}`),
              arn(region, 'dynamodb', `table/${name}/index/*`),
            ]),
          },
        ]
      : []),
    ...(buckets.length > 0
      ? [
          { sid: 'List', actions: ['s3:ListBucket'], resources: suffixed },
          {
            sid: 'Files',
            actions: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'],
            resources: suffixed.map((bucket) => `${bucket}/*`),
          },
        ]
      : []),
    useOfKey(
      region,
      'data',
      [...(tables.length > 0 ? ['dynamodb'] : []), ...(buckets.length > 0 ? ['s3'] : [])],
      ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'],
    ),
  ];
}

/** A role for each service in each environment of the region, as far as it uses tables or buckets: databases and topics have passwords. */
export function serviceRoles(scope: Scope, region: Region, cluster: Cluster, stores: readonly ServiceStores[]): void {
  for (const service of stores)
    for (const environment of service.environments)
      if (environment.region === region.name && service.accounts.key !== undefined)
        podIdentity(scope, region, cluster, {
          name: environment.role,
          description: `${service.service} in ${environment.name}`,
          namespace: environment.name,
          account: service.service,
          statements: storeStatements(region, service),
        });
}

/** The External Secrets operator reads the secrets of this region, and where there are pipelines assumes the roles of logins. */
export function externalSecrets(
  scope: Scope,
  region: Region,
  cluster: Cluster,
  logins: readonly RegistryLogin[],
): void {
  programRole(scope, region, cluster, 'external-secrets', [
    {
      sid: 'Read',
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      resources: [arn(region, 'secretsmanager', `secret:${secretId({ namespace: '*', name: '*' })}`)],
    },
    useOfKey(region, 'secrets', ['secretsmanager'], ['Decrypt']),
    ...(logins.length > 0
      ? [
          {
            sid: 'Logins',
            actions: ['sts:AssumeRole', 'sts:TagSession'],
            resources: logins.map(({ name }) => roleArn(region, loginRoleName(name))),
          },
        ]
      : []),
  ]);
}
