import * as v from 'valibot';
import { faultText } from '../lib/errors.ts';
import { failover } from '../overlays/names.ts';
import { type Config, forbidden } from './config.ts';
import { type Branch, branches, type Mode, modes } from './types.ts';

/** An event that is older is about something else by now. EventBridge delivers late after its own trouble. */
export const staleSeconds = 300;
/** Clocks differ a little. */
const aheadSeconds = 60;

/** `assumed`: see Run. */
export type Request = { mode: Mode; trigger: Branch | ''; assumed: Branch | ''; event: string; since: string };

const base = {
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,100}$/)),
  time: v.pipe(v.string(), v.isoTimestamp()),
  account: v.pipe(v.string(), v.regex(/^\d{12}$/)),
};
/** AWS's `CloudWatch Alarm State Change`; other fields may be there. */
const alarm = v.object({
  ...base,
  source: v.literal('aws.cloudwatch'),
  'detail-type': v.literal('CloudWatch Alarm State Change'),
  detail: v.object({
    alarmName: v.picklist([failover.alarm, failover.writerAlarm]),
    state: v.object({ value: v.literal('ALARM') }),
    previousState: v.optional(v.object({ value: v.picklist(['OK', 'INSUFFICIENT_DATA']) })),
  }),
});
const asked = v.object({ ...base, source: v.picklist([failover.sources.operator, failover.sources.rehearsal]) });
const input = v.object({
  mode: v.picklist(modes),
  trigger: v.optional(v.picklist(branches)),
  event: v.variant('source', [alarm, asked]),
});

/** A request to fail over, or every reason why it is none. */
export function readInput(given: unknown, config: Config, now: Date): { request?: Request; faults: string[] } {
  const read = v.safeParse(input, given);
  if (!read.success) {
    const faults = read.issues.map((issue) => {
      const what = v.getDotPath(issue) ?? 'input';
      return faultText({ where: 'event', what, given: issue.input, allowed: issue.expected ?? 'something else' });
    });
    return { faults };
  }
  const { mode, trigger = '', event } = read.output;
  const faults = forbidden(mode, config);
  const account = config('DR_ACCOUNT');
  if (event.account !== account)
    faults.push(faultText({ where: 'event', what: 'account', given: event.account, allowed: account }));
  if (event.source === failover.sources.rehearsal && mode === 'live')
    faults.push(
      faultText({ where: 'event', what: 'mode', given: mode, allowed: 'rehearsal or dry-run from this source' }),
    );
  if (event.source === failover.sources.rehearsal && trigger === '')
    faults.push(faultText({ where: 'event', what: 'trigger', given: '', allowed: branches.join(', ') }));
  const age = (now.getTime() - Date.parse(event.time)) / 1000;
  if (age > staleSeconds || age < -aheadSeconds)
    faults.push(
      faultText({
        where: 'event',
        what: 'time',
        given: event.time,
        allowed: `${staleSeconds} s before ${now.toISOString()}, or later`,
      }),
    );
  // People ask what would happen while all is well, too.
  const assumed = mode === 'dry-run' && event.source === failover.sources.operator ? trigger : '';
  return { request: { mode, trigger, assumed, event: event.id, since: event.time }, faults };
}
