import type { RegionName } from '../../overlays/overlay.ts';
import { type Config, forbidden } from '../config.ts';
import { NotYet, Permanent } from '../errors.ts';
import type { Endpoint, Group, Ports, Traffic } from '../ports.ts';
import type { Done, Run } from '../types.ts';

export type Change = { region: RegionName; group: Group; text: string };

/**
 * What is left to do so that all traffic goes to Tokyo, in its order: first Tokyo gets it, then Seoul loses it, so that at no moment
 * nobody serves. Dial **and** weight: the accelerator ignores the dial when it fails over by health, so only weight 0 keeps Seoul out when
 * it comes back. Every endpoint of Seoul goes to 0; of Tokyo the one of the failover rises and others stay as they are.
 */
export function planTraffic(groups: Record<RegionName, Group>, endpoint: Traffic['endpoint']): Change[] {
  if (!groups.tokyo.endpoints.some(({ id }) => id === endpoint.tokyo))
    throw new Permanent(
      `endpoint group of Tokyo: given no ${endpoint.tokyo}, allowed its load balancer; add the endpoint`,
    );
  const wanted = (region: RegionName, dial: number, weight: (endpoint: Endpoint) => number): Change => ({
    region,
    group: { dial, endpoints: groups[region].endpoints.map((each) => ({ ...each, weight: weight(each) })) },
    text: `endpoint group of ${region === 'tokyo' ? 'Tokyo' : 'Seoul'}: dial ${groups[region].dial} → ${dial}, weights ${weights(groups[region])} → `,
  });
  return [
    wanted('tokyo', 100, ({ id, weight }) => (id === endpoint.tokyo ? Math.max(weight, fullWeight) : weight)),
    wanted('seoul', 0, () => 0),
  ]
    .map((change) => ({ ...change, text: change.text + weights(change.group) }))
    .filter(({ region, group }) => !same(groups[region], group));
}
/** AWS's default weight. */
const fullWeight = 128;
const weights = ({ endpoints }: Group) => endpoints.map(({ weight }) => weight).join(', ') || 'none';
const same = (one: Group, other: Group) =>
  one.dial === other.dial && one.endpoints.every(({ weight }, index) => weight === other.endpoints[index]?.weight);

/** Moves the traffic. Throws NotYet until all edges have it; called again it does what is left. */
export async function switchTraffic({ traffic }: Pick<Ports, 'traffic'>, config: Config, { mode }: Run): Promise<Done> {
  const changes = planTraffic(await traffic.groups(), traffic.endpoint);
  const texts = changes.map(({ text }) => text);
  if (mode === 'dry-run') return { did: [], would: texts };
  const reasons = forbidden(mode, config);
  if (reasons.length > 0) throw new Permanent(reasons.join('\n'));
  for (const { region, group } of changes) await traffic.write(region, group);
  if (!(await traffic.deployed())) throw new NotYet('accelerator: its edges do not have the change yet');
  // What an earlier call changed is deployed now.
  return { did: texts.length > 0 ? texts : ['the accelerator sends all traffic to Tokyo'], would: [] };
}
