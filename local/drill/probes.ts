/** What Tokyo, and a witness that is in neither region, see of Seoul. Tokyo looks from its own network, the witness from that of the entrance. */
import type { Seen } from '../../dr/ports.ts';
import type { Sight } from '../../dr/types.ts';
import { environmentNamed } from '../../overlays/environments/index.ts';
import { inNetwork, request } from '../entrance/behind.ts';
import { services } from '../seed/git.ts';
import { listensOf } from '../stores/listens.ts';
import { replicatedData } from '../stores/take-over.ts';
import { entrance, hostOf, type Region, seoul, servicesPort, tokyo } from '../topology.ts';

export type Place = 'tokyo' | 'witness';
/** Seconds of one attempt. */
const seconds = 2;

const networkOf = (place: Place) => (place === 'tokyo' ? tokyo : entrance);

/** The status of an answer; 0 where none comes. */
const status = (place: Place, url: string, headers: Record<string, string> = {}): Promise<number> =>
  request(networkOf(place), url, { headers }, seconds, true).then(
    (got) => got.status,
    () => 0,
  );

/** Whether the services of an environment answer at the ingress of a region: all, none, or nobody knows. */
export async function seesServices(place: Place, region: Region, environment: string): Promise<Sight> {
  const asked = services.map((service) =>
    status(place, `http://${region.address}:${servicesPort}/version`, { Host: hostOf(service, environment) }),
  );
  const answers = (await Promise.all(asked)).map((code) => code === 200);
  if (answers.every(Boolean)) return 'ok';
  return answers.some(Boolean) ? 'unknown' : 'fail';
}

/** PostgreSQL's SSLRequest, which every server answers with one letter before anybody signs in. */
const sslRequest = `exec 3<>/dev/tcp/$0/$1 && printf '\\0\\0\\0\\10\\4\\322\\26\\57' >&3 && head -c 1 <&3`;
export async function seesDatabase(place: Place, region: Region): Promise<Sight> {
  const port = `${listensOf(region).postgres[replicatedData]}`;
  const args = [`${seconds}`, 'bash', '-c', sslRequest, region.address, port];
  const { stdout } = await inNetwork(networkOf(place), 'timeout', args, { reject: false, stdin: 'ignore' });
  return stdout === 'N' || stdout === 'S' ? 'ok' : 'fail';
}

/** Whether the API server of a region says anything at all: its control plane. */
export const seesRegion = async (place: Place, region: Region): Promise<Sight> =>
  (await status(place, `https://${region.address}:6443/readyz`)) > 0 ? 'ok' : 'fail';

export async function seesSeoul(place: Place): Promise<Seen> {
  const [writer, app, region] = await Promise.all([
    seesDatabase(place, seoul),
    seesServices(place, seoul, environmentNamed('prod').name),
    seesRegion(place, seoul),
  ]);
  return { writer, app, region };
}
