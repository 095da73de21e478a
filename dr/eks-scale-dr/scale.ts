import { type Config, forbidden } from '../config.ts';
import { NotYet, Permanent } from '../errors.ts';
import type { NodeGroup, Ports } from '../ports.ts';
import type { Done, Run } from '../types.ts';

/** The size of the group: never below what it is, never above what it may be. */
export const sizeFor = ({ max, desired }: NodeGroup, wanted: number): number =>
  Math.max(desired, Math.min(max, wanted));

/** Raises Tokyo's node group. Karpenter, which runs on it, adds the other nodes. */
export async function scale(
  { capacity }: Pick<Ports, 'capacity'>,
  config: Config,
  { mode, incident }: Run,
): Promise<Done> {
  const group = await capacity.read();
  const size = sizeFor(group, capacity.wanted);
  const short = size < capacity.wanted ? [`the node group ends at ${group.max} nodes, wanted ${capacity.wanted}`] : [];
  if (size === group.desired) return { did: [`${size} nodes are enough`, ...short], would: [] };
  const text = `nodes: ${group.desired} → ${size}`;
  if (mode === 'dry-run') return { did: [], would: [text, ...short] };
  const reasons = forbidden(mode, config);
  if (reasons.length > 0) throw new Permanent(reasons.join('\n'));
  if ((await capacity.write({ ...group, desired: size }, `${incident}-${size}`)) === 'busy')
    throw new NotYet('node group: another update is under way');
  return { did: [text, ...short], would: [] };
}
