import { Refused, stepOf, text } from '../../lib/step.ts';
import type { kanikoBuild } from './kaniko-build.ts';
import { leftBehind } from './left-behind.ts';
import { reproducible } from './reproducible.ts';

/** Makes the digest of the image depend on the commit alone. Refuses one that lacks what its build wrote to $LEFT_BEHIND. */
await stepOf<typeof kanikoBuild, 'make-reproducible'>()({
  name: 'kaniko-build',
  env: { IMAGE: text('the folder of an OCI layout'), LEFT_BEHIND: text('a folder that Tekton mounts') },
  results: ['digest'],
  run: async ({ IMAGE, LEFT_BEHIND }) => {
    const fault = leftBehind(LEFT_BEHIND);
    if (fault) throw new Refused(1, fault);
    const digest = await reproducible(IMAGE);
    console.log(`built: ${digest}`);
    return { digest };
  },
});
