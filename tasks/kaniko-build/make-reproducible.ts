import { stepOf, text } from '../../lib/step.ts';
import type { kanikoBuild } from './kaniko-build.ts';
import { reproducible } from './reproducible.ts';

/** Makes the digest of the image depend on the commit alone. */
await stepOf<typeof kanikoBuild, 'make-reproducible'>()({
  name: 'kaniko-build',
  env: { IMAGE: text('the folder of an OCI layout') },
  results: ['digest'],
  run: async ({ IMAGE }) => {
    const digest = await reproducible(IMAGE);
    console.log(`built: ${digest}`);
    return { digest };
  },
});
