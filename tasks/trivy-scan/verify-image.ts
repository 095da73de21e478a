import { verifyLayout } from '../../lib/oci/layout.ts';
import { Refused, stepOf, text } from '../../lib/step.ts';
import type { imagePush } from '../image-push/image-push.ts';
import type { trivyScan } from './trivy-scan.ts';

/** What is no image, or another one than the build named, is neither scanned nor pushed. */
const unverifiedStatus = 14;

/** Verifies the image in the pod that reads it: the code of a push ran in the one that made it. */
await stepOf<typeof trivyScan | typeof imagePush, 'verify'>()({
  name: 'verify-image',
  env: { LAYOUT: text('a folder'), DIGEST: text('a digest') },
  refusal: ({ message }) => new Refused(unverifiedStatus, `the image is not what it says: ${message}`),
  run: async ({ LAYOUT, DIGEST }) => {
    const { layers, bytes } = await verifyLayout(LAYOUT, DIGEST);
    console.log(`verify-image: ${DIGEST} has ${layers} layers, ${bytes} bytes decompressed`);
  },
});
