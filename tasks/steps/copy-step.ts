import type { Images } from '../../lib/images.ts';

/** First in a pod that reads what the code of a push wrote in another: copies each folder without what is no plain file. */
export const copyStep = (images: Images, copies: Record<string, string>, mounts: Record<string, string>) =>
  ({
    name: 'copy',
    image: images.programs,
    program: new URL('./copy-plain.ts', import.meta.url),
    env: {
      COPIES: Object.entries(copies)
        .map(([from, to]) => `${from}=${to}`)
        .join(' '),
    },
    mounts,
    resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } },
  }) as const;
