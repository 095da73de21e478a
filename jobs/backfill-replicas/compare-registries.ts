import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkProvenance, ProvenanceFault } from '../../lib/release/provenance.ts';
import { hasImage, listOfReferrers, stepAccess, taggedDigest, tags } from '../../lib/release/registry.ts';
import { anyText, jobOf, list, text } from '../../lib/step.ts';
import { oneLine, shown } from '../../lib/text.ts';
import type { CompareVariables } from './backfill-replicas.ts';

/**
 * Images per service and Job, of those that the replica registry lacks and again of those that it has. A registry holds the commits of years, and
 * says neither how old an image is nor which signatures are missing.
 */
const atOnce = 50;
/** That many of a list, from a random start: so each has its turn, and one that cannot be copied yet delays no other. */
function turn<T>(list: T[]): T[] {
  if (list.length <= atOnce) return list;
  const start = Math.floor(Math.random() * list.length);
  return [...list, ...list].slice(start, start + atOnce);
}

/**
 * Compares the registries of both regions. Writes PLAN/copies, a `<source> <target>` per line, and PLAN/status, 1 if a comparison failed. An
 * empty line ends a group: after a refused copy the rest of its group is skipped. Only an image with both statements, signed by the
 * platform's key for its service and commit, is copied, and they before it: so an image of the replica registry has its signatures.
 */
export const compare = () =>
  jobOf<CompareVariables>()({
    name: 'backfill-replicas',
    env: {
      SERVICES: list('names of services with a blank between them', /./),
      SOURCE: text('a registry'),
      REPLICA: text('a registry'),
      PLAN: text('a folder'),
      SIGNING_PUBLIC_KEY: anyText,
      INSECURE: anyText,
      DOCKER_CONFIG: anyText,
    },
    run: async ({ SERVICES, SOURCE: source, REPLICA: replica, PLAN, ...env }, complain) => {
      const signal = AbortSignal.timeout(300_000);
      const accessTo = (image: string) => ({ ...stepAccess(image, env), signal });
      let status = 0;
      /** Reports the error of one part, and lets the others go on. */
      const part = (of: string, work: () => Promise<void>): Promise<void> =>
        work().catch((error: Error) => {
          complain(`${of}: ${oneLine(error.message, 500)}`);
          status = 1;
        });

      /** The copies of a commit, in groups. Of a registry's replies, only checked digests get in. */
      async function copiesOf(service: string, commit: string): Promise<string[][]> {
        const [from, to] = [`${source}/${service}`, `${replica}/${service}`];
        const [digest, there] = await Promise.all([
          taggedDigest(from, commit, accessTo(from)),
          taggedDigest(to, commit, accessTo(to)),
        ]);
        if (digest === undefined) return [];
        if (there !== undefined && there !== digest)
          throw new Error(
            `it is ${digest} in ${source} and ${there} in ${replica}; tags of commits do not move: find out who pushed which, and delete the wrong one`,
          );
        const [signed, known] = await Promise.all([
          listOfReferrers(from, digest, accessTo(from)),
          listOfReferrers(to, digest, accessTo(to)),
        ]);
        const wrong = signed.manifests.find((one) => !/^sha256:[0-9a-f]{64}$/.test(one.digest));
        if (wrong) throw new Error(`${shown(wrong.digest)} refers to it, allowed is "sha256:" and 64 hex digits`);
        const lost = signed.manifests.filter((one) => !known.manifests.some((other) => other.digest === one.digest));
        // crane would find the manifest and copy nothing.
        if (there && !(await hasImage(to, digest, accessTo(to))))
          throw new Error(
            `${replica} has its manifest and lacks a part of it; delete ${to}@${digest}, and the next run copies it`,
          );
        if (there && lost.length === 0) return [];
        try {
          await checkProvenance(from, digest, { service, commit }, env.SIGNING_PUBLIC_KEY, accessTo(from));
        } catch (error) {
          if (!(error instanceof ProvenanceFault)) throw error;
          // Its run goes on, or was interrupted; or somebody else pushed it.
          if (!there) console.log(`backfill-replicas: ${service}:${commit} waits: ${oneLine(error.message, 500)}`);
          return [];
        }
        // A referrers tag is copied as a whole: if only the tag was lost, no digest would bring it back.
        const names =
          signed.tag !== undefined && lost.length > 0 ? [`:${signed.tag}`] : lost.map((one) => `@${one.digest}`);
        const copies = names.map((name) => `${from}${name} ${to}${name}`);
        return there ? copies.map((copy) => [copy]) : [[...copies, `${from}@${digest} ${to}:${commit}`]];
      }

      const groups = await Promise.all(
        SERVICES.map(async (service) => {
          const found: string[][] = [];
          await part(service, async () => {
            const images = [`${source}/${service}`, `${replica}/${service}`];
            const [here = [], there = []] = await Promise.all(images.map((image) => tags(image, accessTo(image))));
            const commits = here.filter((tag) => /^[0-9a-f]{40}$/.test(tag));
            const has = new Set(there);
            const [missing, present] = [commits.filter((tag) => !has.has(tag)), commits.filter((tag) => has.has(tag))];
            for (const commit of [...turn(missing), ...turn(present)]) {
              if (signal.aborted) throw new Error('not looked at to the end within 5 min; the next run goes on');
              await part(`${service}:${commit}`, async () => {
                found.push(...(await copiesOf(service, commit)));
              });
            }
          });
          return found;
        }),
      );
      const lines = groups.flat().map((group) => `${group.join('\n')}\n\n`);
      writeFileSync(join(PLAN, 'copies'), lines.join(''));
      writeFileSync(join(PLAN, 'status'), `${status}\n`);
    },
  });

if (import.meta.main) await compare();
