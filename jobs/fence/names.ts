/** What the fence and whoever writes its Secret have to spell alike. No imports: a program bundles it. */
export const fenceNames = {
  /** Its component, namespace and account. */
  fence: 'fence',
  /** The Secret that says who writes: keys `epoch` and `writer`. */
  writerSecret: 'writer-epoch',
  /** The quota that lets no pod start. Argo CD restores no quota that git does not have, and removes none. */
  quota: 'no-pods',
} as const;
