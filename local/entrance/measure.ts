import { join } from 'node:path';
import { namespace } from '../machine/network.ts';
import { run } from '../machine/process.ts';
import { entrance, hostOf, nodeBinary, ports, regionOf, servicesPort } from '../topology.ts';
import { holderNamed, tokenOfCrowd } from './caller.ts';
import type { Load, Noticed } from './load.ts';
import { siteHost } from './settings.ts';

/**
 * One lookup at a rate, three times in turn: at the ingress of a region, and through all hops of the entrance. Both callers are a process of their own, and
 * stand where the entrance does: the loopback ports of this machine are a program of ours, which is no part of it.
 */
export async function measureEntrance(environment: string, rate = 500, seconds = 20) {
  const person = 'bench';
  const common = { rate, seconds, warmUp: 5, wanted: 404 };
  const lookup = '/tickets/aaaaaaaaaaaaaaaaaaaaaaaaaa';
  const alone: Load = {
    ...{ ...common, address: regionOf(environment).address, port: servicesPort, path: lookup },
    headers: { host: hostOf('ticket', environment), 'x-subject': holderNamed(person) },
  };
  const through: Load = {
    ...{ ...common, address: entrance.address, port: ports.site.port, path: `/api${lookup}` },
    headers: {
      host: `${siteHost(environment)}:${ports.site.port}`,
      authorization: `Bearer ${tokenOfCrowd(person).access_token}`,
    },
  };
  const program = [nodeBinary, join(import.meta.dirname, 'load.ts')];
  const inside = [`--net=/run/netns/${namespace(entrance)}`];
  const once = async (load: Load): Promise<Noticed> =>
    JSON.parse(await run('nsenter', [...inside, ...program, JSON.stringify(load)]));
  const rounds: { alone: Noticed; through: Noticed }[] = [];
  for (let round = 0; round < 3; round++) rounds.push({ alone: await once(alone), through: await once(through) });
  return { lookup, rounds };
}
