import type { Images } from '../../lib/images.ts';

/** First in every pod that reads a built image: it is the same image for all readers, and has the digest that the build reported. */
export const verifyStep = (images: Images, source: string) =>
  ({
    name: 'verify',
    image: images.programs,
    program: new URL('./verify-image.ts', import.meta.url),
    env: { LAYOUT: `${source}/image` },
    resources: { requests: { cpu: '100m', memory: '96Mi' }, limits: { memory: '256Mi' } },
  }) as const;
