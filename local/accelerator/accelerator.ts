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
 * nothing, and failing over by health among others is not what a switch is made of. Connections that are open stay where they are, as on AWS.
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

export const acceleratorGroups = (): Groups =>
  existsSync(groupsFile()) ? JSON.parse(readFileSync(groupsFile(), 'utf8')) : first;

/** Of 100 customers, who are all near Seoul, how many enter each region. */
export function shares({ seoul, tokyo }: Groups): Record<RegionName, number> {
  const takes = ({ dial, weight }: Group) => weight > 0 && dial > 0;
  if (!takes(seoul)) return { seoul: 0, tokyo: takes(tokyo) ? 100 : 0 };
  // What the dial turns away enters the next region that takes any.
  return takes(tokyo) ? { seoul: seoul.dial, tokyo: 100 - seoul.dial } : { seoul: 100, tokyo: 0 };
}

export function haproxyConfig(groups: Groups): string {
  const weights = shares(groups);
  return `global
  stats socket /state/accelerator/admin.sock mode 600 level admin
  user nobody
  group nogroup
defaults
  mode tcp
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  retries 0
frontend customers
  bind 127.0.0.1:${acceleratorPort}
  default_backend regions
backend regions
  balance random
${regions.map(({ name, address }) => `  server ${name} ${address}:${servicesPort} weight ${weights[name]}\n`).join('')}`;
}

/** Writes what HAProxy starts with. */
export const prepareAccelerator = (): void =>
  writeFile(join(folder(), 'haproxy.cfg'), haproxyConfig(acceleratorGroups()));

async function ask(command: string): Promise<string> {
  const asked = connect(socket());
  asked.end(`${command}\n`);
  return text(asked);
}

/** Turns the running HAProxy; it starts with the same if it is started again. A weight that it does not have afterwards is an error. */
export async function turnAccelerator(groups: Groups): Promise<void> {
  writeFile(groupsFile(), JSON.stringify(groups));
  prepareAccelerator();
  const wanted = shares(groups);
  // The one that gets more comes first, so that at no moment nobody serves.
  const order = regions.map(({ name }) => name).sort((a, b) => wanted[b] - wanted[a]);
  await ask(order.map((name) => `set server regions/${name} weight ${wanted[name]}`).join('; '));
  const now = await acceleratorShares();
  for (const name of order)
    if (now[name] !== wanted[name])
      throw new Error(`accelerator: ${name}: given a share of ${now[name]}, allowed ${wanted[name]}`);
}

/** What HAProxy does now. */
export async function acceleratorShares(): Promise<Record<RegionName, number>> {
  const said = await ask(regions.map(({ name }) => `get weight regions/${name}`).join('; '));
  const [seoul, tokyo] = [...said.matchAll(/^(\d+) \(initial/gm)].map(([, weight]) => Number(weight));
  if (seoul === undefined || tokyo === undefined) throw new Error(`accelerator: ${said.trim() || 'no answer'}`);
  return { seoul, tokyo };
}
