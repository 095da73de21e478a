import { type Config, forbidden } from '../config.ts';
import { Permanent } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { Done, Role, Run } from '../types.ts';

const there: Partial<Record<Role, string>> = {
  writer: "Tokyo's database writes already",
  promoting: "Tokyo's database is being promoted already",
};

/** Promotes Tokyo's database unless it is, or is becoming, the writer. */
export async function promote({ database }: Pick<Ports, 'database'>, config: Config, { mode }: Run): Promise<Done> {
  const { role } = await database.status();
  const already = there[role];
  if (already) return { did: [already], would: [] };
  if (role !== 'reader') throw new Permanent(`database of Tokyo: given ${role}, allowed reader; it cannot be promoted`);
  if (mode === 'dry-run')
    return { did: [], would: ["promote Tokyo's database, with the loss of what has not arrived"] };
  const reasons = forbidden(mode, config);
  if (reasons.length > 0) throw new Permanent(reasons.join('\n'));
  try {
    await database.promote();
  } catch (error) {
    // Perhaps only the answer was lost, or an earlier try of this client arrived after all.
    const now = await database.status().catch(() => undefined);
    if (now?.role !== 'writer' && now?.role !== 'promoting') throw error;
  }
  return { did: ["asked for the promotion of Tokyo's database"], would: [] };
}
