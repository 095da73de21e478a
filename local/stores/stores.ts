import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dynoxideFolder } from '../engines/dynoxide.ts';
import { engineFolder } from '../engines/engines.ts';
import { kafkaFolder } from '../engines/kafka.ts';
import { namespace } from '../machine/network.ts';
import { writeFile } from '../machine/process.ts';
import { nameServers } from '../machine/resolver.ts';
import { isAlive, pidOf, start, stop } from '../sandbox/sandbox.ts';
import { nodeBinary, type Region, regions } from '../topology.ts';
import { type Listens, listensOf, storeHosts } from './listens.ts';
import { insideOf, type Running } from './make.ts';
import { type PasswordOf, passwords, storesFolder } from './passwords.ts';
import { type File, filesOf, type Given, programLines, programsOf, users } from './settings.ts';
import { isReplicated, type ServiceStores, wantedIn } from './wanted.ts';
import { type Writer, writerIn } from './writer.ts';

/** The sandbox of a region's stores: in the region's network, and otherwise apart, because a region is made anew and its data are not. */
export const storesName = ({ name }: Pick<Region, 'name'>): string => `${name}-stores`;
export const storesAreUp = (region: Region): boolean => isAlive(storesName(region));
/** A broker takes two seconds to leave in order, and half a minute to come back if it did not. */
export const stopStores = (region: Region): Promise<void> => stop(storesName(region), 15);
/** Where the data of a region's stores are. */
export const dataFolder = ({ name }: Pick<Region, 'name'>): string => join(storesFolder, name);

/** The id of a broker's log, made once. */
function clusterId(folder: string): string {
  const file = join(folder, 'kafka-cluster-id');
  if (!existsSync(file)) {
    let id: string;
    do id = randomBytes(16).toString('base64url');
    while (id.startsWith('-'));
    writeFile(file, id, 0o600);
  }
  return readFileSync(file, 'utf8');
}

/** The settings of the engines of a region. */
export function given(
  listens: Listens,
  all: readonly Listens[],
  stores: readonly ServiceStores[],
  writer: Writer,
  folder: string,
  passwordOf: PasswordOf,
): Given {
  const replicated = Object.keys(listens.postgres).filter(isReplicated);
  const source = all.find(({ region }) => region === writer.region);
  const standbys = source && source !== listens ? replicated : [];
  return {
    ...{ listens, all, replicated, stores, passwordOf, clusterId: clusterId(folder) },
    standbys: Object.fromEntries(
      standbys.map((data) => [
        data,
        { postgresHost: source?.hosts.postgres ?? '', postgresPort: source?.postgres[data] as number },
      ]),
    ),
  };
}

/** Writes files below a folder, each for its engine alone. */
export function writeFiles(folder: string, files: readonly File[]): void {
  for (const { path, user, text } of files) {
    const id = users[user];
    let below = folder;
    for (const part of dirname(path).split('/')) {
      below = join(below, part);
      mkdirSync(below, { recursive: true, mode: 0o700 });
      chownSync(below, id, id);
    }
    const file = join(folder, path);
    writeFile(file, text, 0o600);
    chownSync(file, id, id);
  }
}

/** The settings of a region's engines, as far as it knows who writes. */
export function settingsOf(region: Region): Given {
  const all = regions.map((one) => listensOf(one));
  const listens = all.find((one) => one.region === region.name) as Listens;
  const folder = dataFolder(region);
  return given(listens, all, wantedIn(region.name), writerIn(folder), folder, passwords());
}

const programsFile = (region: Region) => join(dataFolder(region), 'programs');
const programsText = (region: Region) => programLines(programsOf(settingsOf(region)));
/** Where a standby copies from, in the file that its start reads: it is written last of those that a role changes. */
const sourceFiles = (region: Region) => filesOf(settingsOf(region)).filter(({ path }) => path.endsWith('/source'));

/** Whether the settings that were written last are those that the region is to have, by its role and its programs. */
export const haveSettings = (region: Region): boolean => {
  const isWritten = (file: string, text: string) => existsSync(file) && readFileSync(file, 'utf8') === text;
  return (
    // Another service has a DynamoDB of its own, so more than what is in the stores may have changed.
    isWritten(programsFile(region), programsText(region)) &&
    sourceFiles(region).every(({ path, text }) => isWritten(join(dataFolder(region), path), text))
  );
};

/** Writes what the engines of a region start with. */
export function writeSettings(region: Region): void {
  writeFiles(dataFolder(region), filesOf(settingsOf(region)));
  writeFile(programsFile(region), programsText(region));
}

/** Starts the sandbox with the engines of a region, by the settings that are written. */
export const startEngines = (region: Region): void =>
  start({
    name: storesName(region),
    rootfs: 'stores',
    network: `/run/netns/${namespace(region)}`,
    init: '/platform-source/stores/init.sh',
    binds: [
      `${dataFolder(region)}:/state`,
      `${engineFolder('stores')}:/stores-engine`,
      `${kafkaFolder}:/kafka`,
      `${dynoxideFolder}:/dynoxide`,
      `${dirname(nodeBinary)}:/node`,
    ],
    hosts: storeHosts(),
    nameServers: nameServers(),
  });

/** The stores of a region that run, as what makes things in them needs them. */
export function runningIn(region: Region): Running {
  const { listens, stores, passwordOf } = settingsOf(region);
  const others = regions.filter(
    (other) => other !== region && wantedIn(other.name).some(({ data }) => isReplicated(data)),
  );
  return {
    ...{ sandbox: { inside: insideOf(() => pidOf(storesName(region))) }, listens, stores, passwordOf },
    others: others.map((other) => other.name),
  };
}
