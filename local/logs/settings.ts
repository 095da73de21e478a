import { join } from 'node:path';
import { bundleProgram } from '../../lib/bundle.ts';
import { byRegion } from '../../overlays/regions/index.ts';
import { inside } from '../../overlays/sites/local.ts';
import { phase } from '../phases.ts';
import { passwords } from '../stores/passwords.ts';
import { logs, platformUser } from '../stores/settings.ts';
import { cache, type Region, regions, repository } from '../topology.ts';
import type { Bucket } from './bucket.ts';
import type { Settings } from './main.ts';

/** A bucket of a region's stores, as one account. */
export const bucketOf = (region: Region, name: string, user: string): Bucket => ({
  name,
  url: `http://${region.address}:${inside.s3.port}`,
  credentials: { user, password: passwords()('s3', user), awsRegion: byRegion(({ aws }) => aws.region)[region.name] },
});

/** The buckets of both regions, for a person. */
export const logBuckets = (): Record<string, Bucket> =>
  Object.fromEntries(regions.map((region) => [region.name, bucketOf(region, logs.bucket, platformUser)]));

/** What the program in a region starts with. */
export const shipperSettings = (region: Region): Settings => ({
  bucket: bucketOf(region, logs.bucket, logs.user),
  folder: '/logs/pods',
  positions: '/state/logs-positions.json',
  host: region.name,
});

export const logShipperProgram = join(cache, 'programs', 'logs', 'ship.mjs');
export const logShipper = phase({
  name: 'log shipper',
  run: () => bundleProgram(join(repository, 'local/logs/main.ts'), logShipperProgram),
});
