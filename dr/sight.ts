import type { Sight } from './types.ts';

/** Two observers who agree have seen it; else nobody knows. */
export const agreed = (one: Sight, other: Sight): Sight => (one === other ? one : 'unknown');
