import { createPublicKey, type KeyObject } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import { UserError } from '../errors.ts';
import { oneLine } from '../text.ts';
import { exitStatus } from './exit-status.ts';
import { firstBlob, type RegistryAccess, referrers } from './registry.ts';

/**
 * The provenance that the pipeline signs (SLSA 1.0 in an in-toto statement, stored beside the image by cosign), and its verification
 * before a release is written. There is no transparency log: the forge, the registries and the key belong to one company.
 */
export const provenanceType = 'https://slsa.dev/provenance/v1';
/** The bill of materials, by Trivy. */
export const bomType = 'https://cyclonedx.org/bom';
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** cosign's annotation on the manifest of a statement: the type of its predicate. */
export const typeAnnotation = 'dev.sigstore.bundle.predicateType';
/** More than retried runs ever leave. Of a longer list only the end is read. */
const statementLimit = 50;

export type Origin = {
  service: string;
  /** URL of its repository. */
  repository: string;
  commit: string;
};

/** The branch that releases come from, as git names it. */
export const mainRef = 'refs/heads/main';

export type Build = Origin & {
  /** The branch that had the commit when it was cloned, or none. */
  ref: string;
  /** Name of the PipelineRun. */
  run: string;
  /** Base images by digest, `image@sha256:…`. */
  bases: string[];
  finished: Date;
};

/** The predicate of a build. Fields: https://slsa.dev/spec/v1.0/provenance. */
export const predicateOf = ({ service, repository, commit, ref, run, bases, finished }: Build) => ({
  buildDefinition: {
    buildType: 'https://tickets.example/pipelines/deliver/v1',
    externalParameters: { service, repository, ref, commit },
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

/** Nothing signed proves that the image was built from this commit. */
export class ProvenanceFault extends UserError {
  override name = 'ProvenanceFault';
  constructor(message: string) {
    super(message, exitStatus.unsigned);
  }
}

/**
 * Returns if `key` (public, PEM) signed two statements about `<registry>/<repository>` under this digest: that it was built from this
 * commit of this service, which main had, and its bill of materials (CycloneDX). Throws a ProvenanceFault if one is missing, and what `referrers` throws.
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
  /** Why no statement of this type is good; undefined if one is. */
  const fault = async (type: string): Promise<string | undefined> => {
    // The registry's annotation only saves reading a statement of another type; the signed type decides.
    const found = all.filter(({ annotations }) => [undefined, type].includes(annotations?.[typeAnnotation]));
    const faults: string[] = [];
    for (const { digest: signed } of found.slice(-statementLimit)) {
      const blob = await firstBlob(image, signed, access);
      try {
        const bundle = bundleFromJSON(JSON.parse(blob ?? '{}'));
        verifier.verify(toSignedEntity(bundle));
        const fault = statementFault(bundle.content, type, digest, origin);
        if (fault === undefined) return undefined;
        if (fault) faults.push(fault);
      } catch (error) {
        faults.push((error as Error).message);
      }
    }
    return faults.length > 0 ? oneLine([...new Set(faults)].join('; '), 500) : 'there is none';
  };
  for (const [type, what] of [
    [provenanceType, `provenance for commit ${origin.commit} of ${origin.service}`],
    [bomType, 'bill of materials'],
  ] as const) {
    const why = await fault(type);
    if (why !== undefined) throw new ProvenanceFault(`${image}@${digest}: no signed ${what}: ${why}`);
  }
}

function readKey(key: string): KeyObject {
  try {
    return createPublicKey(key);
  } catch {
    throw new ProvenanceFault(
      'the key that verifies signatures cannot be read: allowed a public key as PEM, "-----BEGIN PUBLIC KEY-----" and what follows',
    );
  }
}

type Content = ReturnType<typeof bundleFromJSON>['content'];
/** How a signed statement differs from what is asked; undefined if it does not, '' for a statement of another type. */
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
  if (given.ref !== mainRef) return `the commit was on ${given.ref} when it was built, allowed ${mainRef}`;
  return undefined;
}
