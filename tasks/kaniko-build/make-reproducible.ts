import { stepOf, text } from '../../lib/step.ts';
import type { kanikoBuild } from './kaniko-build.ts';
import { reproducible } from './reproducible.ts';

/** Gives the image that was built the digest that the same commit always has. */
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
