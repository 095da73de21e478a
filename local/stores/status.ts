import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pidOf, processes } from '../sandbox/sandbox.ts';
import type { Region } from '../topology.ts';
import { type Listens, listensOf } from './listens.ts';
import { firstInside } from './make.ts';
import type { Lag } from './replicate/settings.ts';
import { dataFolder, storesName } from './stores.ts';

export type EngineStatus = { name: string; state: 'up' | 'down' | 'does not answer'; bytes: number };

/** Where each program of a region listens; a program that is not in the list listens nowhere. */
export const addressesOf = ({ address, kafka, s3, postgres, dynamodb }: Listens): Record<string, [string, number]> => ({
  ...Object.fromEntries(Object.entries(postgres).map(([data, port]) => [`postgres-${data}`, [address, port]])),
  kafka: [address, kafka],
  ...Object.fromEntries(Object.entries(dynamodb).map(([name, port]) => [`dynamodb-${name}`, [address, port]])),
  s3: [address, s3],
});

const answers = ([host, port]: [string, number]): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const end = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });

type Process = { pid: number; inside: number; parent: number };
/** A process of a sandbox: its number there, and that of its parent here. */
function processOf(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(text)?.[1] ?? '';
    return { pid, inside: Number(field('NSpid').split(/\s+/).at(-1)), parent: Number(field('PPid')) };
  } catch {
    return undefined; // It ended meanwhile.
  }
}

/** A process with all below it. */
export function treeOf(top: Process, all: readonly Process[]): Process[] {
  return [top, ...all.filter(({ parent }) => parent === top.pid).flatMap((child) => treeOf(child, all))];
}

/** Memory of a process, with its share of what it has together with others: bytes. */
function memoryOf({ pid }: Process): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Each program of a region's stores, as its init names it. */
export async function enginesOf(region: Region): Promise<EngineStatus[]> {
  const name = storesName(region);
  const outer = pidOf(name);
  if (outer === undefined) return [];
  const first = await firstInside(outer);
  const folder = `/proc/${first}/root/run`;
  const all = processes(name).flatMap((pid) => processOf(pid) ?? []);
  const addresses = addressesOf(listensOf(region));
  const files = readdirSync(folder).filter((file) => file.endsWith('.pid'));
  return Promise.all(
    files.sort().map(async (file): Promise<EngineStatus> => {
      const engine = file.slice(0, -'.pid'.length);
      const inside = Number(readFileSync(join(folder, file), 'utf8'));
      const top = all.find((one) => one.inside === inside);
      const bytes = (top ? treeOf(top, all) : []).reduce((sum, one) => sum + memoryOf(one), 0);
      const at = addresses[engine];
      const state = !top ? 'down' : at && !(await answers(at)) ? 'does not answer' : 'up';
      return { name: engine, state, bytes };
    }),
  );
}

/** Older than so many milliseconds it says nothing about now. */
const fresh = 10_000;

/**
 * How far a region is behind the one that writes, in words; one line for each store. All are bounds: since when a copy was equal for sure, and the age of
 * a row that is written each second.
 */
export function lagLines({ at, writer, behind }: Lag, now: number): string[] {
  if (now - at > fresh) return [`replication: not measured for ${Math.round((now - at) / 1000)} s`];
  return Object.entries(behind).map(
    ([name, seconds]) =>
      `${name}: ${seconds === null ? 'lag not known yet' : `at most ${seconds.toFixed(1)} s behind ${writer}`}`,
  );
}

/** How far a region is behind the one that writes, as it was measured last; undefined where nothing was. */
export function lagIn(region: Region): Lag | undefined {
  const file = join(dataFolder(region), 'replicate', 'lag.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Nothing of a measurement that is older: what measures has ended then, and nobody knows. */
export const measuredNow = (lag: Lag | undefined, now = Date.now()): Lag | undefined =>
  lag && now - lag.at <= fresh ? lag : undefined;

export function lagOf(region: Region): string[] {
  const lag = lagIn(region);
  return lag ? lagLines(lag, Date.now()) : [];
}
