import type { Images } from '../../lib/images.ts';

/**
 * The built image in a pod that reads it: a copy of its own, because the pod that made it, or an attempt of its task that ran into its timeout,
 * may live beside it and write the workspace.
 */
export const ownCopy = {
  layout: '/image/layout',
  mounts: { image: '/image' },
  /** Whose image is larger has to make it smaller: the pod is evicted. */
  volumes: { image: { empty: '1Gi' } },
} as const;

/** First in such a pod: the image is the same for all readers, and has the digest that the build reported. */
export const verifyStep = (images: Images, source: string) =>
  ({
    name: 'verify',
    image: images.programs,
    program: new URL('./verify-image.ts', import.meta.url),
    env: { BUILT: `${source}/image`, LAYOUT: ownCopy.layout },
    mounts: ownCopy.mounts,
    resources: {
      requests: { cpu: '100m', memory: '96Mi' },
      limits: { memory: '256Mi' },
      // What an image takes; its volume counts to the limit.
      disk: { request: '256Mi', limit: '128Mi' },
    },
  }) as const;
