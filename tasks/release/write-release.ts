import { type ForgeAddress, forgeAddressOf, forgeFaults, openForge } from '../../lib/release/forge.ts';
import { checkProvenance } from '../../lib/release/provenance.ts';
import { stepAccess } from '../../lib/release/registry.ts';
import { changeFaults, defaultLimits, writeRelease } from '../../lib/release/release-writer.ts';
import { anySecret, anyText, stepOf, text } from '../../lib/step.ts';
import type { release } from './release.ts';

type Given = Record<'SERVICE' | 'COMMIT' | 'SUBJECT' | 'AUTHOR' | 'RUN' | 'DIGEST' | 'PLATFORM_REPOSITORY', string> & {
  ENVIRONMENT: string;
};
const changeOf = (given: Given) => ({
  platform: given.PLATFORM_REPOSITORY,
  environment: given.ENVIRONMENT,
  run: given.RUN,
  release: {
    service: given.SERVICE,
    digest: given.DIGEST,
    commit: given.COMMIT,
    subject: given.SUBJECT,
    author: given.AUTHOR,
    run: given.RUN,
  },
  // The repository of a service has its name.
  onlyNewerIn: given.SERVICE,
});

/** Commits a provenance-verified digest to the release file unless a newer release is there. */
await stepOf<typeof release, 'write'>()({
  name: 'release',
  env: {
    FORGE_KIND: anyText,
    FORGE_API: anyText,
    FORGE_OWNER: anyText,
    FORGE_TOKEN: anySecret,
    PLATFORM_REPOSITORY: anyText,
    ENVIRONMENT: anyText,
    SERVICE: anyText,
    COMMIT: anyText,
    SUBJECT: anyText,
    AUTHOR: anyText,
    RUN: anyText,
    DIGEST: anyText,
    IMAGE: text('<registry>/<repository>', /\//),
    SIGNING_PUBLIC_KEY: text('a public key (PEM)'),
    INSECURE: anyText,
    DOCKER_CONFIG: anyText,
  },
  results: ['outcome', 'releaseCommit'],
  faults: (given) => [...forgeFaults(forgeAddressOf(given)), ...changeFaults(changeOf(given))],
  run: async (given) => {
    const change = changeOf(given);
    const limits = { ...defaultLimits };
    // Leaves time to find out what became of a write without a reply.
    const signal = AbortSignal.timeout(limits.totalMs + 15_000);
    const forge = openForge(forgeAddressOf(given) as ForgeAddress, { signal });
    const { IMAGE: image, SIGNING_PUBLIC_KEY: key } = given;
    const { service, commit: source, digest } = change.release;
    // Whoever can push to the registry, or change the digest on its way here, cannot sign.
    await checkProvenance(image, digest, change.release, key, stepAccess(image, given));
    const { outcome, commit } = await writeRelease(forge, change, limits, (line) => console.log(line));
    const what = `${service} ${source.slice(0, 12)} (${digest}) in ${change.environment}`;
    const words = {
      released: `released ${what} by commit ${commit}`,
      superseded: `superseded: ${what} is not newer than the release of commit ${commit}; nothing written`,
      unchanged: `unchanged: ${what} is there already by commit ${commit}; nothing written`,
    };
    console.log(words[outcome]);
    return { outcome, releaseCommit: commit };
  },
});
