import * as v from 'valibot';
import { faultText } from '../../lib/errors.ts';

/** Which region writes, and since which failover; the state machine of the failover writes it. A later epoch is later news. */
export type Writer = { epoch: number; region: string };

const schema = (regions: readonly string[]) =>
  v.object({
    epoch: v.pipe(v.string(), v.regex(/^\d{1,9}$/, 'a whole number'), v.transform(Number)),
    writer: v.picklist(regions, regions.join(', ')),
  });

/** What a Secret says. Throws for anything else: whoever cannot read who writes changes nothing. */
export function writerOf(data: Record<string, string>, regions: readonly string[]): Writer {
  const parsed = v.safeParse(schema(regions), { epoch: '', writer: '', ...data });
  if (parsed.success) return { epoch: parsed.output.epoch, region: parsed.output.writer };
  throw new Error(
    parsed.issues
      .map(({ path, input, message }) => faultText({ what: `${path?.[0]?.key}`, given: input, allowed: message }))
      .join('; '),
  );
}

export type Decision = 'hold' | 'release' | 'leave';

/** `heldSince`: the epoch by which pods are held, undefined where they are not. Only later news releases them: copies of the Secret arrive late. */
export function decide(region: string, writer: Writer, heldSince: number | undefined): Decision {
  if (writer.region !== region) return 'hold';
  return heldSince !== undefined && writer.epoch > heldSince ? 'release' : 'leave';
}
