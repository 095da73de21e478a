import { mkdirSync } from 'node:fs';
import { fencedIn } from '../../overlays/environments/index.ts';
import { apply } from '../install/apply.ts';
import { setLink } from '../machine/network.ts';
import { until } from '../machine/process.ts';
import { fenced, keepEmpty, notifyFence } from '../region/hold-pods.ts';
import { pidOf } from '../sandbox/sandbox.ts';
import { hasStores } from '../status/stamp.ts';
import { type Region, regions } from '../topology.ts';
import { databaseEndpoints } from './access.ts';
import { hangOf } from './hang.ts';
import { listensOf } from './listens.ts';
import { askPostgres, makeMissing } from './make.ts';
import { rolesOf } from './roles.ts';
import {
  dataFolder,
  haveSettings,
  runningIn,
  startEngines,
  stopStores,
  storesAreUp,
  storesName,
  writeSettings,
} from './stores.ts';
import { isReplicated, wantedIn } from './wanted.ts';
import { recordWriter, writerIn } from './writer.ts';

/** The data that both regions have. */
export const replicatedData = 'prod';

/** The PostgreSQL of prod, as a process. */
export const databaseOf = (region: Region) => hangOf(() => pidOf(storesName(region)), replicatedData);

const ask = async (region: Region, sql: string): Promise<string> =>
  (await askPostgres(runningIn(region), replicatedData, sql)).trim();

/** Changes of the writer, on this machine. */
export const roles = rolesOf({
  regions,
  knows(region) {
    mkdirSync(dataFolder(region), { recursive: true, mode: 0o711 });
    return writerIn(dataFolder(region));
  },
  recordWriter: (region, writer) => recordWriter(dataFolder(region), writer),
  stores: {
    ...{ areUp: storesAreUp, stop: stopStores, haveSettings, writeSettings, start: startEngines },
    wake: (region) => databaseOf(region).wake(),
    makeMissing: (region) => makeMissing(runningIn(region)),
  },
  isStandby: async (region) => (await ask(region, 'select pg_is_in_recovery()')) === 't',
  promote: async (region) => {
    await ask(region, 'select pg_promote(false)');
  },
  // Tokyo has none: nobody fails over from there.
  notifyFence: async (region, writer) => {
    if (fencedIn(region.name).length > 0) await notifyFence(region, writer);
  },
  pointPods(region, writer) {
    const writerOf = (data: string) => {
      // What one region has alone is written there.
      const at = isReplicated(data) ? writer : region;
      return { address: at.address, port: listensOf(at).postgres[data] as number };
    };
    return apply(region, databaseEndpoints(region.name, wantedIn(region.name), writerOf));
  },
  fenced: async (region) => {
    for (const { name } of fencedIn(region.name)) await fenced(region, name, 60);
  },
  join: async (region) => {
    await setLink(region, 'on');
  },
  until,
});

export const { lastWriter, itemsWriter, writerFirst, startStores, pointAtWriter } = roles;
/** A platform without stores has no writer. */
export const rejoin = async (region: Region): Promise<unknown> =>
  hasStores() ? roles.rejoin(region) : setLink(region, 'on');

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
