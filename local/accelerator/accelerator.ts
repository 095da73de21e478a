import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { writeFile } from '../machine/process.ts';
import { sandboxState } from '../sandbox/sandbox.ts';
import { entrance, type RegionName, regions, servicesPort } from '../topology.ts';

/**
 * The stand-in for Global Accelerator: HAProxy between the entrance and the ingresses of both regions. Who turns it calls what
 * AWS calls `UpdateEndpointGroup`. It follows dial and weight, and never a health check: on AWS, too, an endpoint of weight 0 gets
 * nothing while another one is healthy, and failing over by health is not what a switch is made of. What it does not do as AWS does: it gives each request to a
 * region, not each connection, so that the connections of those who call it can stay open; and who gets no answer gets nothing, but the end of the connection.
 */

/** `dial`: percent of the customers near a region who enter there; the others go to the other region. `weight`: of its endpoint, 0 keeps it out. */
export type Group = { dial: number; weight: number };
export type Groups = Record<RegionName, Group>;

/** Before any failover. */
const first: Groups = { seoul: { dial: 100, weight: 128 }, tokyo: { dial: 0, weight: 0 } };

/** On the loopback of the entrance: nobody else reaches it. */
export const acceleratorPort = 8082;

const folder = () => join(sandboxState(entrance.name), 'accelerator');
const groupsFile = () => join(folder(), 'groups.json');
const socket = () => join(folder(), 'admin.sock');

type Kept = { groups: Groups; letsIn: number };
const kept = (): Kept =>
  existsSync(groupsFile()) ? JSON.parse(readFileSync(groupsFile(), 'utf8')) : { groups: first, letsIn: 100 };
export const acceleratorGroups = (): Groups => kept().groups;
/** Of 100 customers, how many enter at all: fewer while a failback lets them in step by step. Global Accelerator has no such thing. */
export const acceleratorLetsIn = (): number => kept().letsIn;

/** Of 100 customers, who are all near Seoul, how many enter each region. */
export function shares({ seoul, tokyo }: Groups): Record<RegionName, number> {
  const takes = ({ dial, weight }: Group) => weight > 0 && dial > 0;
  if (!takes(seoul)) return { seoul: 0, tokyo: takes(tokyo) ? 100 : 0 };
  // What the dial turns away enters the next region that takes any.
  return takes(tokyo) ? { seoul: seoul.dial, tokyo: 100 - seoul.dial } : { seoul: 100, tokyo: 0 };
}

/** The weights of HAProxy's servers. The connections of those whom `nobody` serves are refused. */
export function weightsOf(groups: Groups, letsIn: number): Record<RegionName | 'nobody', number> {
  const { seoul, tokyo } = shares(groups);
  const weights = { seoul: Math.round((seoul * letsIn) / 100), tokyo: Math.round((tokyo * letsIn) / 100) };
  return { ...weights, nobody: seoul + tokyo - weights.seoul - weights.tokyo };
}

/** Of a server that is an ingress: a region that is cut off is noticed on an open connection as soon as on a new one. */
export const toIngress = 'tcp-ut 2s';

export function haproxyConfig(groups: Groups, letsIn = 100): string {
  const weights = weightsOf(groups, letsIn);
  return `# Written by local/accelerator/accelerator.ts: a stand-in for Global Accelerator.
global
  stats socket /state/accelerator/admin.sock mode 600 level admin
  user nobody
  group nogroup
defaults
  mode http
  option http-keep-alive
  http-reuse safe
  timeout connect 2s
  timeout client 65s
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout server 60s
  retries 0
${[500, 502, 503, 504].map((status) => `  errorfile ${status} /dev/null\n`).join('')}frontend customers
  bind 127.0.0.1:${acceleratorPort}
  default_backend regions
backend regions
  balance random
${regions.map(({ name, address }) => `  server ${name} ${address}:${servicesPort} weight ${weights[name]} ${toIngress}\n`).join('')}  server nobody 127.0.0.1:1 weight ${weights.nobody}
`;
}

/** Writes what HAProxy starts with. */
export const prepareAccelerator = (): void =>
  writeFile(join(folder(), 'haproxy.cfg'), haproxyConfig(acceleratorGroups(), acceleratorLetsIn()));

async function ask(command: string): Promise<string> {
  const asked = connect(socket());
  asked.end(`${command}\n`);
  return text(asked);
}

/** Turns the running HAProxy; it starts with the same if it is started again. A weight that it does not have afterwards is an error. */
export async function turnAccelerator(groups: Groups, letsIn = 100): Promise<void> {
  writeFile(groupsFile(), JSON.stringify({ groups, letsIn } satisfies Kept));
  prepareAccelerator();
  const wanted = weightsOf(groups, letsIn);
  // The one that gets more comes first, so that at no moment nobody serves.
  const order = (Object.keys(wanted) as (keyof typeof wanted)[]).sort((a, b) => wanted[b] - wanted[a]);
  await ask(order.map((name) => `set server regions/${name} weight ${wanted[name]}`).join('; '));
  const now = await acceleratorShares();
  for (const { name } of regions)
    if (now[name] !== wanted[name])
      throw new Error(`accelerator: ${name}: given a share of ${now[name]}, allowed ${wanted[name]}`);
}

/** What HAProxy does now. */
export async function acceleratorShares(): Promise<Record<RegionName, number>> {
  const response = await ask(regions.map(({ name }) => `get weight regions/${name}`).join('; '));
  const [seoul, tokyo] = [...response.matchAll(/^(\d+) \(initial/gm)].map(([, weight]) => Number(weight));
  if (seoul === undefined || tokyo === undefined) throw new Error(`accelerator: ${response.trim() || 'no answer'}`);
  return { seoul, tokyo };
}
