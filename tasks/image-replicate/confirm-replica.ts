import { setTimeout as sleep } from 'node:timers/promises';
import { checkProvenance } from '../../lib/release/provenance.ts';
import { hasImage, stepAccess } from '../../lib/release/registry.ts';
import { anyText, stepOf, text, wholeNumber } from '../../lib/step.ts';
import { oneLine } from '../../lib/text.ts';
import type { imageReplicate } from './image-replicate.ts';

/**
 * Asks the replica registry, for WAIT seconds, whether it has the image under its digest, all platforms, with the provenance that was
 * signed for it. A late replica is no failure: dr stays at its last release.
 */
await stepOf<typeof imageReplicate, 'confirm'>()({
  name: 'image-replicate',
  env: {
    REPLICA: text('<registry>/<repository>'),
    DIGEST: text('a digest'),
    SERVICE: text('the name of a service'),
    COMMIT: text('a commit'),
    SIGNING_PUBLIC_KEY: anyText,
    INSECURE: anyText,
    DOCKER_CONFIG: anyText,
    WAIT: wholeNumber(0, 3600),
  },
  results: ['outcome'],
  run: async ({ REPLICA: replica, DIGEST: digest, SERVICE: service, COMMIT: commit, WAIT, ...env }) => {
    const access = stepAccess(replica, env);
    const end = Date.now() + WAIT * 1000;
    for (;;) {
      let missing: string;
      try {
        if (await hasImage(replica, digest, access)) {
          await checkProvenance(replica, digest, { service, commit }, env.SIGNING_PUBLIC_KEY, access);
          console.log(`image-replicate: ${replica} has ${digest}, signed`);
          return { outcome: 'confirmed' };
        }
        missing = `${replica} does not have ${digest}`;
      } catch (error) {
        missing = oneLine((error as Error).message, 500);
      }
      if (Date.now() >= end) {
        console.log(`image-replicate: ${missing}; dr stays at its last release`);
        return { outcome: 'late' };
      }
      await sleep(3_000);
    }
  },
});
