import { EcrLifecyclePolicy } from '@cdktn/provider-aws/lib/ecr-lifecycle-policy/index.js';
import { EcrRegistryScanningConfiguration } from '@cdktn/provider-aws/lib/ecr-registry-scanning-configuration/index.js';
import { EcrReplicationConfiguration } from '@cdktn/provider-aws/lib/ecr-replication-configuration/index.js';
import { EcrRepository } from '@cdktn/provider-aws/lib/ecr-repository/index.js';
import { EcrRepositoryCreationTemplate } from '@cdktn/provider-aws/lib/ecr-repository-creation-template/index.js';
import { arn, cacheRepository, keyAlias, ownPrograms, programRepository } from '../../overlays/names.ts';
import type { Region, Retain } from '../../overlays/overlay.ts';
import { pushesPerRelease } from '../../overlays/retain.ts';
import { idOf, type Scope } from '../stack.ts';
import { key } from './keys.ts';
import { role, trustPlainService } from './roles.ts';

type Kind = 'image' | 'cache';

/**
 * What ECR deletes. Its rules know neither releases nor signatures, so of images they count, and judge neither by age nor by a missing tag: what runs may
 * be old, and a replica whose tag was refused has none.
 */
export function lifecycle({ releases, cacheDays }: Retain, environments: number): Record<Kind, { rules: object[] }> {
  const rules = (description: string, selection: object) => ({
    rules: [
      { rulePriority: 1, description, selection: { tagStatus: 'any', ...selection }, action: { type: 'expire' } },
    ],
  });
  // An image comes with its signature and its list of contents.
  const images = releases * environments * pushesPerRelease * 3;
  return {
    image: rules(`Room for ${releases} releases of ${environments} environments`, {
      countType: 'imageCountMoreThan',
      countNumber: images,
    }),
    cache: rules(`Layer caches of ${cacheDays} days`, {
      countType: 'sinceImagePushed',
      countUnit: 'days',
      countNumber: cacheDays,
    }),
  };
}

/** Signatures of an image are listed under a tag that grows where a client lists them without the API for it (OCI distribution 1.1). */
const listsOfSignatures = [{ filter: 'sha256-*', filterType: 'WILDCARD' }];
/** A tag names one image for ever. */
const tags: Record<Kind, { imageTagMutability: string; imageTagMutabilityExclusionFilter?: typeof listsOfSignatures }> =
  {
    image: { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', imageTagMutabilityExclusionFilter: listsOfSignatures },
    cache: { imageTagMutability: 'IMMUTABLE' },
  };

type Wanted = { services: readonly string[]; environments: number; retain: Retain };

/** The repositories of a registry, and to which region it replicates. */
export function registry(scope: Scope, region: Region, wanted: Wanted, to: Region | undefined): void {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const kmsKey = key(scope, region, { alias: keyAlias('registry'), description: 'Images' }).arn;
  const encryptionConfiguration = [{ encryptionType: 'KMS', kmsKey }];
  const rules = lifecycle(wanted.retain, wanted.environments);
  const policies = { image: scope.json('images-expire', rules.image), cache: scope.json('caches-expire', rules.cache) };
  const repositories: [name: string, kind: Kind][] = [
    ...wanted.services.flatMap((name): [string, Kind][] => [
      [name, 'image'],
      [cacheRepository(name), 'cache'],
    ]),
    ...ownPrograms.map((name): [string, Kind] => [programRepository(name), 'image']),
  ];
  for (const [name, kind] of repositories) {
    const repository = new EcrRepository(stack, `repository-${idOf(name)}`, {
      provider,
      name,
      forceDelete: false,
      encryptionConfiguration,
      imageScanningConfiguration: { scanOnPush: true },
      ...tags[kind],
      lifecycle: { preventDestroy: true },
    });
    new EcrLifecyclePolicy(stack, `repository-${idOf(name)}-expire`, {
      provider,
      repository: repository.name,
      policy: policies[kind],
    });
  }
  new EcrRegistryScanningConfiguration(stack, 'scanning', {
    provider,
    scanType: 'BASIC',
    rule: [{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilter: [{ filter: '*', filterType: 'WILDCARD' }] }],
  });
  if (to)
    new EcrReplicationConfiguration(stack, 'replication', {
      provider,
      replicationConfiguration: {
        rule: [{ destination: [{ region: to.aws.region, registryId: to.aws.account }] }],
      },
    });
  else creationTemplate(scope, region, { encryptionConfiguration, lifecyclePolicy: policies.image, kmsKey });
}

/** Replication makes a repository that nobody made here, of a service that is new: as the others are. */
function creationTemplate(
  scope: Scope,
  region: Region,
  given: {
    encryptionConfiguration: { encryptionType: string; kmsKey: string }[];
    lifecyclePolicy: string;
    kmsKey: string;
  },
): void {
  const { kmsKey, ...settings } = given;
  const creator = role(scope, region.name, {
    name: 'tickets-ecr-creation',
    description: 'ECR makes repositories for replicas, with their key',
    trust: trustPlainService('ecr'),
    statements: [
      {
        sid: 'Create',
        actions: ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:TagResource'],
        resources: [arn(region, 'ecr', 'repository/*')],
      },
      {
        sid: 'Key',
        actions: ['kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant'],
        resources: [kmsKey],
      },
    ],
  });
  new EcrRepositoryCreationTemplate(scope.stack, 'creation-template', {
    provider: scope.provider(region.name),
    prefix: 'ROOT',
    description: 'Repositories of replicas',
    appliedFor: ['REPLICATION'],
    customRoleArn: creator.arn,
    ...settings,
    ...tags.image,
  });
}
