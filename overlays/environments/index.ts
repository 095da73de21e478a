import type { Overlay } from '../overlay.ts';
import { dev } from './dev.ts';
import { dr } from './dr.ts';
import { prod } from './prod.ts';

/** Every environment, in the order of promotion. */
export const environments: readonly Overlay[] = [dev, prod, dr];
