import type { Retain } from './overlay.ts';

/** Which images of the services the registries keep, whoever deletes the others. */
export const retain: Retain = { releases: 20, days: 3, cacheDays: 14 };

/**
 * ECR's rules know pushes, not releases: of so many pushes at most one is released to prod. Generous, because an expired image can be neither
 * promoted nor rolled back to.
 */
export const pushesPerRelease = 50;
