import type { Retain } from './overlay.ts';

/** Which images of the services the registries keep, whoever deletes the others. */
export const retain: Retain = { releases: 20, days: 3, cacheDays: 14 };
