/** The path of the site below which the API is, and which the entrance takes off: the site has the same origin, so there is no CORS. */
export const basePath = '/api';

/** Bytes of a body that a service takes at most; it answers 413 to more. */
export const bodyLimit = 4096;
/** Bytes of a body that the entrance takes at most, before any service: API Gateway has no other limit than this. */
export const entranceBodyLimit = 10 * 1024 * 1024;
/** Milliseconds that the entrance waits for a service. Its longest answer, with all retries of its stores, takes less. */
export const timeoutMs = 29_000;

/** Whoever calls, of a key: requests a second of all routes together, and how many at once above that. */
export const keys = {
  /** The content delivery network has it: who comes another way is refused. */
  site: { rate: 5_000, burst: 5_000 },
  /** Watches the entrance of a region. */
  canary: { rate: 5, burst: 10 },
} as const;
export type KeyName = keyof typeof keys;
