import { fencedIn } from '../../overlays/environments/index.ts';
import { apply } from '../install/apply.ts';
import { setLink } from '../machine/network.ts';
import { fenced, keepEmpty, tellFence } from '../region/hold-pods.ts';
import { pidOf } from '../sandbox/sandbox.ts';
import { hasStores } from '../status/stamp.ts';
import { type Region, regions } from '../topology.ts';
import { databaseEndpoints } from './access.ts';
import { listensOf } from './listens.ts';
import { askPostgres, insideOf } from './make.ts';
import { filesOf } from './settings.ts';
import {
  dataFolder,
  lastWriter,
  learnWriter,
  settingsOf,
  startStores,
  stopStores,
  storesName,
  writeFiles,
} from './stores.ts';
import { isReplicated, wantedIn } from './wanted.ts';
import { tellWriter, writerIn } from './writer.ts';

/** The data that both regions have. */
export const replicatedData = 'prod';

const ask = (region: Region, sql: string): Promise<string> =>
  askPostgres(
    { sandbox: { inside: insideOf(() => pidOf(storesName(region))) }, listens: listensOf(region) },
    replicatedData,
    sql,
  ).then((rows) => rows.trim());

/** Tells the fence of a region who writes, as far as the region knows. */
async function tellOwnFence(region: Region): Promise<void> {
  if (fencedIn(region.name).length > 0) await tellFence(region, writerIn(dataFolder(region)));
}

/** Has the pods of a region reach the PostgreSQL that writes, as far as the region knows, and its fence go by that. */
export async function pointAtWriter(region: Region): Promise<void> {
  await tellOwnFence(region);
  const { region: name } = writerIn(dataFolder(region));
  const writer = regions.find((one) => one.name === name) as Region;
  const writerOf = (data: string) => {
    // What one region has alone is written there.
    const at = isReplicated(data) ? writer : region;
    return { address: at.address, port: listensOf(at).postgres[data] as number };
  };
  await apply(region, databaseEndpoints(region.name, wantedIn(region.name), writerOf));
}

/**
 * Makes a region the writer of prod's data: its replication copies no more, its PostgreSQL leaves the standby, its pods use that one. Each step
 * finds out whether it is done, so it can be called again at any point.
 */
export async function takeOver(region: Region, epoch: number): Promise<void> {
  tellWriter(dataFolder(region), { region: region.name, epoch });
  // Before the promotion: an engine that starts again by the settings of a standby would copy the former writer once more.
  writeFiles(dataFolder(region), filesOf(settingsOf(region)));
  await pointAtWriter(region);
  if ((await ask(region, 'select pg_is_in_recovery()')) === 't') await ask(region, 'select pg_promote(false)');
}

/** Has the stand-ins for global tables and S3 replication copy from the region where the services run, if PostgreSQL's writer is another. Idempotent. */
export function writeItemsIn(region: Region): void {
  const { region: writer, epoch, items } = lastWriter();
  if ((items ?? writer) === region.name) return;
  for (const one of regions)
    tellWriter(dataFolder(one), {
      region: writer,
      epoch: epoch + 1,
      ...(writer === region.name ? {} : { items: region.name }),
    });
}

export type Postgres = {
  isStandby: boolean;
  version: string;
  /** Whether it gets what the other one writes. */
  streams: boolean;
  /** Position in the log: written, or replayed by a standby. */
  position: string;
};
export async function postgresOf(region: Region): Promise<Postgres> {
  const rows = await ask(
    region,
    `select pg_is_in_recovery(), current_setting('server_version'), exists (select from pg_stat_wal_receiver where status = 'streaming'),
      case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end`,
  );
  const [isStandby, version = '', streams, position = ''] = rows.split('|');
  return { isStandby: isStandby === 't', version, streams: streams === 't', position };
}

/** Environments of a region that lost its role: its fence ends their pods, which would write what nobody copies. */
export const heldIn = (region: Region): string[] =>
  writerIn(dataFolder(region)).region === region.name ? [] : fencedIn(region.name).map(({ name }) => name);

/** Lets no pod start in a new cluster of a region that lost its role: its fence runs only later. */
export async function keepLostEmpty(region: Region): Promise<void> {
  for (const environment of heldIn(region)) await keepEmpty(region, environment, writerIn(dataFolder(region)).epoch);
}

/**
 * Joins a region that was cut off. If the other one has taken over meanwhile, it hears of that first: its fence ends its services before anybody
 * reaches them, and its stores come back as copies of the new writer's. Idempotent.
 */
export async function rejoin(region: Region): Promise<void> {
  if (hasStores() && learnWriter(region)) await stopStores(region);
  if (hasStores() && heldIn(region).length > 0) {
    await tellOwnFence(region);
    for (const environment of heldIn(region)) await fenced(region, environment, 60);
  }
  await setLink(region, 'on');
  if (!hasStores()) return;
  await startStores(region);
  await pointAtWriter(region);
}
