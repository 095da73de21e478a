import { copyPlain } from '../../lib/copy.ts';
import { verifyLayout } from '../../lib/oci/layout.ts';
import { Refused, stepOf, text } from '../../lib/step.ts';
import type { imagePush } from '../image-push/image-push.ts';
import type { trivyScan } from '../trivy-scan/trivy-scan.ts';

/** What is no image, or another one than the build named, is neither scanned nor pushed. */
const unverifiedStatus = 14;
/** An image has at most 127 layers, a manifest, a config and a few files and folders around them. */
const limits = { entries: 256, bytes: 2 ** 30 };

/** Copies the image into the pod that reads it, and verifies the copy: the code of a push ran in the pod that made it, and may still run. */
await stepOf<typeof trivyScan | typeof imagePush, 'verify'>()({
  name: 'verify-image',
  env: { BUILT: text('a folder'), LAYOUT: text('a new folder'), DIGEST: text('a digest') },
  refusal: ({ message }) => new Refused(unverifiedStatus, `the image is not what it says: ${message}`),
  run: async ({ BUILT, LAYOUT, DIGEST }) => {
    copyPlain(BUILT, LAYOUT, limits);
    const { layers, bytes } = await verifyLayout(LAYOUT, DIGEST);
    console.log(`verify-image: ${DIGEST} has ${layers} layers, ${bytes} bytes decompressed`);
  },
});
