import type { Region, RegionName } from '../overlay.ts';
import { seoul } from './seoul.ts';
import { tokyo } from './tokyo.ts';

export const regions: Region[] = [seoul, tokyo];

/** A value for each region. */
export const byRegion = <T>(value: (region: Region) => T) =>
  Object.fromEntries(regions.map((region) => [region.name, value(region)])) as Record<RegionName, T>;
