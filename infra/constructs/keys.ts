import { KmsAlias } from '@cdktn/provider-aws/lib/kms-alias/index.js';
import { KmsKey, type KmsKeyConfig } from '@cdktn/provider-aws/lib/kms-key/index.js';
import { KmsReplicaKey } from '@cdktn/provider-aws/lib/kms-replica-key/index.js';
import { globalArn, keyAlias, servicePrincipal } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import { type At, idOf, type Scope } from '../stack.ts';

type Key = {
  alias: string;
  description: string;
  statements?: readonly Statement[];
  /** Beside a symmetric key that is rotated each year. */
  config?: Pick<KmsKeyConfig, 'keyUsage' | 'customerMasterKeySpec' | 'enableKeyRotation' | 'multiRegion'>;
};

/** IAM decides who may use a key; without this statement nobody could. In the policy of a key `*` is the key. */
const account = (region: Pick<At, 'aws'>): Statement => ({
  sid: 'Account',
  actions: ['kms:*'],
  resources: ['*'],
  principals: { AWS: [globalArn(region, 'iam', 'root')] },
});

/** A service of AWS uses the key for what is in this account. */
export const useBy = (sid: string, service: string, conditions: Statement['conditions']): Statement => ({
  sid,
  actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
  resources: ['*'],
  principals: { Service: [servicePrincipal(service)] },
  ...(conditions ? { conditions } : {}),
});

/** Deleting a key deletes all that it encrypts: never by Terraform, and not before a month has passed. */
const kept = { deletionWindowInDays: 30, lifecycle: { preventDestroy: true } };

export function key(scope: Scope, region: At, { alias, description, statements = [], config }: Key): KmsKey {
  const provider = scope.provider(region.name);
  const id = idOf(alias.replace('alias/', ''));
  const made = new KmsKey(scope.stack, `key-${id}`, {
    provider,
    description,
    enableKeyRotation: true,
    ...kept,
    ...config,
    policy: scope.policy(`key-${id}`, [account(region), ...statements]),
  });
  new KmsAlias(scope.stack, `alias-${id}`, { provider, name: alias, targetKeyId: made.keyId });
  return made;
}

/** The same key in both regions: what one encrypts, the other decrypts without the first. Returns the ARN in each. */
export function keyOfBoth(scope: Scope, [from, to]: readonly [Region, Region], of: string, description: string) {
  const alias = keyAlias(of);
  const primary = key(scope, from, { alias, description, config: { multiRegion: true } });
  const provider = scope.provider(to.name);
  const replica = new KmsReplicaKey(scope.stack, `key-tickets-${of}-${to.name}`, {
    provider,
    description,
    primaryKeyArn: primary.arn,
    ...kept,
    policy: scope.policy(`key-tickets-${of}-${to.name}`, [account(to)]),
  });
  new KmsAlias(scope.stack, `alias-tickets-${of}-${to.name}`, { provider, name: alias, targetKeyId: replica.keyId });
  return { [from.name]: primary.arn, [to.name]: replica.arn } as Record<Region['name'], string>;
}
