import { createPublicKey, type KeyObject } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import { oneLine } from '../text.ts';
import { annotationsOf, firstBlob, type Referrer, type RegistryAccess, referrers } from './registry.ts';

/**
 * Where an image comes from, as the pipeline signs it (SLSA provenance 1.0 in an in-toto statement, kept beside the image by cosign), and
 * the check of it before a release is written. The key is the platform's own, so there is no transparency log to ask: the forge, the
 * registries and this key are the same company's.
 */
export const provenanceType = 'https://slsa.dev/provenance/v1';
/** What is in the image, as Trivy lists it. */
export const bomType = 'https://cyclonedx.org/bom';
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** In which cosign says, on the manifest of a statement, of what type that is. */
export const typeAnnotation = 'dev.sigstore.bundle.predicateType';
/** More than repeated attempts ever leave; a registry that names more is not read to its end. */
const statementLimit = 50;

export type Origin = {
  service: string;
  /** URL of its repository. */
  repository: string;
  commit: string;
};

export type Build = Origin & {
  /** Name of the PipelineRun. */
  run: string;
  /** Base images by digest, `image@sha256:…`. */
  bases: string[];
  finished: Date;
};

/** The predicate of a build. Fields: https://slsa.dev/spec/v1.0/provenance. */
export const predicateOf = ({ service, repository, commit, run, bases, finished }: Build) => ({
  buildDefinition: {
    buildType: 'https://tickets.example/pipelines/deliver/v1',
    externalParameters: { service, repository, ref: 'refs/heads/main', commit },
    resolvedDependencies: [
      { uri: `git+${repository}`, digest: { gitCommit: commit } },
      ...bases.flatMap((base) => {
        const [uri = '', sha256] = base.split('@sha256:');
        return sha256 ? [{ uri: `oci://${uri}`, digest: { sha256 } }] : [];
      }),
    ],
  },
  runDetails: {
    builder: { id: 'https://tickets.example/pipelines/deliver' },
    metadata: { invocationId: run, finishedOn: finished.toISOString() },
  },
});

/** The image is not, or not provably, of the commit that it is said to be of. */
export class ProvenanceFault extends Error {
  override name = 'ProvenanceFault';
}

/**
 * Returns if two statements about `<registry>/<repository>` under this digest were signed with `key` (public, PEM): that the image was built
 * from this commit of this service, and what is in it (CycloneDX). Throws a ProvenanceFault if one is missing, and what `referrers` throws.
 */
export async function checkProvenance(
  image: string,
  digest: string,
  origin: Pick<Origin, 'service' | 'commit'>,
  key: string,
  access: RegistryAccess = {},
): Promise<void> {
  const publicKey = readKey(key);
  const verifier = new Verifier(
    {
      publicKey: () => ({ publicKey, validFor: () => true }),
      ...{ certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] },
    },
    { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 },
  );
  const all = (await referrers(image, digest, access)).filter(({ artifactType }) => artifactType === bundleType);
  /** Undefined where one of the statements of this type is good, else why none is. */
  const fault = async (type: string): Promise<string | undefined> => {
    // The registry's word on what a statement is about only saves reading it; what counts is signed.
    const found = all.filter(({ annotations }) => [undefined, type].includes(annotations?.[typeAnnotation]));
    const heard: string[] = [];
    for (const { digest: signed } of found.slice(-statementLimit)) {
      const blob = await firstBlob(image, signed, access);
      try {
        const bundle = bundleFromJSON(JSON.parse(blob ?? '{}'));
        verifier.verify(toSignedEntity(bundle));
        const fault = statementFault(bundle.content, type, digest, origin);
        if (fault === undefined) return undefined;
        if (fault) heard.push(fault);
      } catch (error) {
        heard.push((error as Error).message);
      }
    }
    return heard.length > 0 ? oneLine([...new Set(heard)].join('; '), 500) : 'there is none';
  };
  for (const [type, what] of [
    [provenanceType, `provenance for commit ${origin.commit} of ${origin.service}`],
    [bomType, 'bill of materials'],
  ] as const) {
    const why = await fault(type);
    if (why !== undefined) throw new ProvenanceFault(`${image}@${digest}: no signed ${what}: ${why}`);
  }
}

/** Whether both statements are among what refers to an image, by the registry's word: enough to copy it, not to trust it. */
export async function isAttested(image: string, all: Referrer[], access: RegistryAccess = {}): Promise<boolean> {
  const types = new Set<string | undefined>();
  // A list that clients keep says nothing but digests.
  for (const { digest, annotations } of all.slice(-statementLimit))
    types.add(annotations?.[typeAnnotation] ?? (await annotationsOf(image, digest, access))[typeAnnotation]);
  return types.has(provenanceType) && types.has(bomType);
}

function readKey(key: string): KeyObject {
  try {
    return createPublicKey(key);
  } catch {
    throw new ProvenanceFault(
      'the key that signatures are checked with cannot be read: allowed is a public key as PEM, "-----BEGIN PUBLIC KEY-----" and what follows',
    );
  }
}

type Content = ReturnType<typeof bundleFromJSON>['content'];
/** What a signed statement says else than asked; nothing where it says just that; '' where it is of another type. */
function statementFault(
  content: Content,
  type: string,
  digest: string,
  { service, commit }: Pick<Origin, 'service' | 'commit'>,
): string | undefined {
  if (content.$case !== 'dsseEnvelope') return 'a signature without a statement';
  const { payload, payloadType } = content.dsseEnvelope;
  if (payloadType !== 'application/vnd.in-toto+json') return `a statement of type ${payloadType}`;
  const { predicateType, subject, predicate } = JSON.parse(payload.toString('utf8'));
  if (predicateType !== type) return '';
  const about: unknown[] = (subject ?? []).map((one: { digest?: { sha256?: unknown } }) => one.digest?.sha256);
  if (!about.includes(digest.replace(/^sha256:/, ''))) return `it is about sha256:${about.join(', ')}`;
  if (type !== provenanceType) return undefined;
  const given = predicate?.buildDefinition?.externalParameters;
  if (given?.commit !== commit || given?.service !== service)
    return `it is of commit ${given?.commit} of ${given?.service}`;
  return undefined;
}
