import { type ForgeAddress, forgeAddressOf, forgeFaults, openForge } from '../../lib/release/forge.ts';
import { deleteTag, putTag, stepAccess, tagAge, taggedDigest, tags } from '../../lib/release/registry.ts';
import { lastReleases } from '../../lib/release/release-writer.ts';
import type { Release } from '../../lib/release/releases.ts';
import { anySecret, anyText, jobOf, list, text, wholeNumber } from '../../lib/step.ts';
import { oneLine } from '../../lib/text.ts';
import type { PruneVariables } from './prune-images.ts';

const name = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const commitTag = /^[0-9a-f]{40}$/;
/** Signatures and statements about an image, by its digest: cosign's tag where a registry has no list of referrers. */
const statementTag = /^sha256-([0-9a-f]{64})(?:\.\w+)?$/;

/**
 * Deletes the tags that nothing retains: of images that no environment runs and that are of none of its last RELEASES releases, of statements
 * about images that are gone, and of layer caches. A tag of the last DAYS days stays, so nothing goes of a run that goes on; what an environment runs
 * gets its tag again. What no tag leads to the registry collects itself, a day later. It stores nothing, so whatever is interrupted or refused is done by the next job.
 *
 * A service of which not every release is known loses nothing.
 */
export const prune = () =>
  jobOf<PruneVariables>()({
    name: 'prune-images',
    env: {
      SERVICES: list('a list of DNS labels with a blank between them', name),
      ENVIRONMENTS: list('a list of folders in releases/ with a blank between them', name),
      FORGE_KIND: anyText,
      FORGE_API: anyText,
      FORGE_OWNER: anyText,
      FORGE_TOKEN: anySecret,
      PLATFORM_REPOSITORY: text('the name of a repository', /^[A-Za-z0-9][-\w.]{0,99}$/),
      SOURCE: text('a registry'),
      REPLICA: text('a registry'),
      SOURCE_LOGIN: text('a folder with a Docker configuration'),
      REPLICA_LOGIN: text('a folder with a Docker configuration'),
      INSECURE: anyText,
      /** One at least: a rollback goes to the release before. */
      RELEASES: wholeNumber(2, 999),
      DAYS: wholeNumber(1, 999),
      CACHE_DAYS: wholeNumber(1, 999),
    },
    faults: (given) => forgeFaults(forgeAddressOf(given)),
    run: async (env, complain) => {
      const signal = AbortSignal.timeout(600_000);
      const forge = openForge(forgeAddressOf(env) as ForgeAddress, { signal });
      const [source, replica] = [
        { host: env.SOURCE, login: env.SOURCE_LOGIN },
        { host: env.REPLICA, login: env.REPLICA_LOGIN },
      ];
      const accessTo = (image: string) => {
        const { login } = image.startsWith(`${source.host}/`) ? source : replica;
        return { ...stepAccess(image, { INSECURE: env.INSECURE, DOCKER_CONFIG: login }), signal };
      };

      /** Deletes tags older than so many days. Returns those that stay. */
      async function remove(image: string, candidates: readonly string[], days: number): Promise<string[]> {
        const stay: string[] = [];
        for (const tag of candidates) {
          const age = await tagAge(image, tag, accessTo(image));
          if (age === undefined) continue;
          if (age < days * 86_400_000) stay.push(tag);
          else if (await deleteTag(image, tag, accessTo(image))) console.log(`prune-images: deleted ${image}:${tag}`);
        }
        return stay;
      }

      /** Leaves the commits in `retained`, the young ones, and what is said about them. Returns the commits. */
      async function pruneImage(image: string, retained: ReadonlySet<string>): Promise<string[]> {
        const found = await tags(image, accessTo(image));
        const commits = found.filter((tag) => commitTag.test(tag));
        const young = await remove(
          image,
          commits.filter((commit) => !retained.has(commit)),
          env.DAYS,
        );
        const left = [...commits.filter((commit) => retained.has(commit)), ...young];
        // Builds are reproducible: several commits may have one image.
        const digests = new Set<string | undefined>();
        for (const commit of left) digests.add(await taggedDigest(image, commit, accessTo(image)));
        const about = (tag: string) => `sha256:${statementTag.exec(tag)?.[1]}`;
        const orphans = found.filter((tag) => statementTag.test(tag) && !digests.has(about(tag)));
        await remove(image, orphans, env.DAYS);
        return left;
      }

      /**
       * The tag of what an environment runs. A run of an old commit, to which main was forced back, finds its tag, and releases after that was deleted.
       */
      async function restore({ service, commit, digest }: Release): Promise<void> {
        for (const { host } of [source, replica]) {
          const image = `${host}/${service}`;
          if ((await tagAge(image, commit, accessTo(image))) !== undefined) continue;
          if (await putTag(image, commit, digest, accessTo(image)))
            console.log(`prune-images: gave ${image}@${digest} its tag ${commit} again`);
        }
      }

      async function pruneService(service: string): Promise<void> {
        const released = await Promise.all(
          env.ENVIRONMENTS.map((environment) =>
            lastReleases(forge, { platform: env.PLATFORM_REPOSITORY, environment, service }, env.RELEASES),
          ),
        );
        const commits = released.flatMap(({ commits }) => commits);
        for (const { present } of released) if (present) await restore(present);
        const left = await pruneImage(`${source.host}/${service}`, new Set(commits));
        // After the source, whose images backfill-replicas copies to it.
        await pruneImage(`${replica.host}/${service}`, new Set([...commits, ...left]));
        const cache = `${source.host}/${service}/dependencies`;
        await remove(cache, await tags(cache, accessTo(cache)), env.CACHE_DAYS);
      }

      for (const service of env.SERVICES)
        await pruneService(service).catch((error: Error) => {
          complain(`${service}: ${oneLine(error.message, 500)}`);
          process.exitCode = 1;
        });
    },
  });

if (import.meta.main) await prune();
