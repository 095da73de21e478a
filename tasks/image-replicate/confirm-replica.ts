import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkProvenance } from '../../lib/release/provenance.ts';
import { hasImage, stepAccess } from '../../lib/release/registry.ts';
import { oneLine } from '../../lib/text.ts';

/**
 * The last step of the image-replicate Task: asks the standby's registry, for WAIT seconds, whether it has the image under its digest,
 * all platforms, with the provenance that was signed for it. What is late is no failure: the standby stays at its last release.
 */
const given = (name: string): string => process.env[name] ?? '';
const [replica, digest] = [given('REPLICA'), given('DIGEST')];
const access = stepAccess(replica, process.env);
const origin = { service: given('SERVICE'), commit: given('COMMIT') };

const end = Date.now() + Number(given('WAIT')) * 1000;
let outcome = 'late';
for (;;) {
  let missing: string;
  try {
    if (await hasImage(replica, digest, access)) {
      await checkProvenance(replica, digest, origin, given('SIGNING_PUBLIC_KEY'), access);
      outcome = 'confirmed';
      break;
    }
    missing = `${replica} does not have ${digest}`;
  } catch (error) {
    missing = oneLine((error as Error).message, 500);
  }
  if (Date.now() >= end) {
    console.log(`image-replicate: ${missing}; the standby stays at its last release`);
    break;
  }
  await sleep(3_000);
}
if (outcome === 'confirmed') console.log(`image-replicate: ${replica} has ${digest}, signed`);
writeFileSync(given('RESULT_OUTCOME_PATH'), outcome);
