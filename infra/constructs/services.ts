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

/** To its own tables and buckets what its definition lists: nothing else, no table of another service, and none of another environment's data. */
export function storeStatements(region: Region, { actions, tables, buckets }: ServiceStores): Statement[] {
  const suffixed = (name: string): string => bucketArn(name.replace(/(?=\/|$)/, bucketSuffix(region)));
  return [
    ...byActions('Tables', actions.dynamodb, (name) => arn(region, 'dynamodb', name)),
    ...byActions('Files', actions.s3, suffixed),
    useOfKey(
      region,
      'data',
      [...(tables.length > 0 ? ['dynamodb'] : []), ...(buckets.length > 0 ? ['s3'] : [])],
      ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'],
    ),
  ];
}

/** A statement for all to which the same may be done. */
function byActions(sid: string, allowed: Record<string, string[]>, arnOf: (name: string) => string): Statement[] {
  const same = [...new Set(Object.values(allowed).map((actions) => [...actions].sort().join()))];
  return same.map((actions, index) => ({
    sid: `${sid}${index}`,
    actions: actions.split(','),
    resources: Object.keys(allowed)
      .filter((name) => [...(allowed[name] ?? [])].sort().join() === actions)
      .map(arnOf),
  }));
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
