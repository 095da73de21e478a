import { DataAwsKmsPublicKey } from '@cdktn/provider-aws/lib/data-aws-kms-public-key/index.js';
import { EphemeralAwsSecretsmanagerRandomPassword } from '@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-random-password/index.js';
import { SecretsmanagerSecret } from '@cdktn/provider-aws/lib/secretsmanager-secret/index.js';
import { SecretsmanagerSecretVersion } from '@cdktn/provider-aws/lib/secretsmanager-secret-version/index.js';
import { secretBytes, serviceSecrets } from '../../apps/variables.ts';
import { secretId, signingAccount, signingKeyAlias } from '../../overlays/names.ts';
import type { ExternalSecret, Region, RegionName } from '../../overlays/overlay.ts';
import { secretsFor } from '../../overlays/secrets.ts';
import { aws } from '../../overlays/sites/aws.ts';
import type { Ground } from '../ground.ts';
import { idOf, type Scope } from '../stack.ts';

/** Raise it, and every secret that Terraform makes gets a new value at the next apply. Then restart what has the old one. */
export const valueVersion = 1;

export type Keys = Record<RegionName, string>;

/** A random value in hexadecimal digits that is in no state, plan or file: only what is written with it knows it. */
export function randomValue(scope: Scope, region: Region, id: string): string {
  new EphemeralAwsSecretsmanagerRandomPassword(scope.stack, id, {
    provider: scope.provider(region.name),
    passwordLength: 2 * secretBytes,
    // What is left are digits and the letters a to f.
    excludeCharacters: 'ghijklmnopqrstuvwxyz',
    excludePunctuation: true,
    excludeUppercase: true,
    requireEachIncludedType: true,
  });
  return `ephemeral.aws_secretsmanager_random_password.${id}.random_password`;
}

type Secret = {
  id: string;
  description: string;
  region: Region;
  key: string;
  replica?: { region: Region; key: string };
};

export const secret = (scope: Scope, { id, description, region, key, replica }: Secret): SecretsmanagerSecret =>
  new SecretsmanagerSecret(scope.stack, `secret-${region.name}-${idOf(id)}`, {
    provider: scope.provider(region.name),
    name: id,
    description,
    kmsKeyId: key,
    recoveryWindowInDays: 30,
    ...(replica ? { replica: [{ region: replica.region.aws.region, kmsKeyId: replica.key }] } : {}),
    lifecycle: { preventDestroy: true },
  });

/** `values`: key → an expression of Terraform. */
export function writeSecret(
  scope: Scope,
  made: SecretsmanagerSecret,
  region: Region,
  values: Record<string, string>,
): void {
  const object = Object.entries(values).map(([key, value]) => `${JSON.stringify(key)} = ${value}`);
  new SecretsmanagerSecretVersion(scope.stack, `${made.node.id}-value`, {
    provider: scope.provider(region.name),
    secretId: made.id,
    secretStringWo: `\${jsonencode({${object.join(', ')}})}`,
    secretStringWoVersion: valueVersion,
  });
}

type Wanted = ExternalSecret & { id: string; regions: readonly RegionName[]; made: boolean };

/** Every secret that the clusters read, in the regions that read it. */
export function wantedSecrets({ services, environments, regions }: Ground): Wanted[] {
  const withPipelines = Object.values(regions).filter(({ hasPipelines }) => hasPipelines);
  const named = (list: readonly Region[]) => list.map(({ name }) => name);
  const ofPlatform = secretsFor(services.map(({ name }) => name)).map(
    (one): Wanted => ({
      ...one,
      id: secretId(one),
      regions: named(one.namespace === signingAccount.namespace ? withPipelines : Object.values(regions)),
      // What signs webhooks is ours to choose; everything else somebody else gives out.
      made: one.keys.every((key) => /secret$/.test(key)),
    }),
  );
  const ofServices = new Map<string, Wanted>();
  for (const overlay of environments)
    for (const one of serviceSecrets(services, [overlay], aws)) {
      const id = secretId({ namespace: one.of, name: one.name });
      const before = ofServices.get(id);
      ofServices.set(id, { ...one, id, regions: [...(before?.regions ?? []), overlay.region], made: true });
    }
  return [...ofPlatform, ...ofServices.values()].map((one) => ({ ...one, regions: [...new Set(one.regions)] }));
}

/** Makes them. Returns the expression of each value that Terraform makes, by id and key. */
export function secrets(scope: Scope, ground: Ground, keys: Keys): Map<string, string> {
  const { seoul, tokyo } = ground.regions;
  const values = new Map<string, string>();
  for (const { id, keys: fields, made, regions } of wantedSecrets(ground)) {
    const isPublicKey = id === secretId({ namespace: signingAccount.namespace, name: 'signing-public-key' });
    const one = secret(scope, {
      id,
      description:
        made || isPublicKey ? 'Terraform makes the value' : `A person writes a JSON object with: ${fields.join(', ')}`,
      region: seoul,
      key: keys.seoul,
      ...(regions.includes('tokyo') ? { replica: { region: tokyo, key: keys.tokyo } } : {}),
    });
    if (isPublicKey) {
      const found = new DataAwsKmsPublicKey(scope.stack, 'signing-public-key', {
        provider: scope.provider('seoul'),
        keyId: signingKeyAlias,
      });
      writeSecret(scope, one, seoul, { key: `data.aws_kms_public_key.${found.node.id}.public_key_pem` });
    } else if (made) {
      const all = fields.map((field): [string, string] => [
        field,
        randomValue(scope, seoul, `value-${idOf(id)}${fields.length > 1 ? `-${idOf(field)}` : ''}`),
      ]);
      for (const [field, value] of all) values.set(`${id} ${field}`, value);
      writeSecret(scope, one, seoul, Object.fromEntries(all));
    }
  }
  return values;
}
