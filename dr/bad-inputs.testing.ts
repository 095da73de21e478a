import { timeAt } from './execution.testing.ts';
import { eventOf } from './invariants.testing.ts';

const good = eventOf({ trigger: 'region', mode: 'live' }, 'event-1', 0) as { mode: string; event: { detail: object } };
const asked = (mode: unknown, source: string, trigger?: unknown) => ({
  mode,
  ...(trigger === undefined ? {} : { trigger }),
  event: { id: 'event-1', time: timeAt(0), account: '111122223333', source },
});
const withEvent = (fields: object) => ({ ...good, event: { ...good.event, ...fields } });

/** Inputs of the machine that are refused at second 0, and a word of why. */
export const badInputs: [string, unknown, RegExp][] = [
  ['an empty input', {}, /event: mode: given nothing/],
  ['text', 'failover!', /event: input/],
  ['a list', [good], /event: mode/],
  ['no mode', { event: good.event }, /mode: given nothing/],
  ['an unknown mode', { ...good, mode: 'LIVE' }, /mode: given "LIVE"/],
  ['a rehearsal in the live account', { ...good, mode: 'rehearsal' }, /mode: given "rehearsal", allowed live, dry-run/],
  [
    'a rehearsal that says live',
    asked('live', 'dr.rehearsal', 'db-failure'),
    /mode: given "live", allowed rehearsal or dry-run/,
  ],
  ['a rehearsal of nothing', asked('dry-run', 'dr.rehearsal'), /trigger: given nothing/],
  ['an unknown trigger', asked('live', 'dr.operator', 'disk-full'), /trigger: given "disk-full"/],
  ['a trigger that is no text', asked('live', 'dr.operator', { toString: 'db-failure' }), /trigger/],
  ['an unknown source', asked('live', 'aws.ec2'), /source/],
  ['no event', { mode: 'live' }, /event: event/],
  ['another account', withEvent({ account: '999999999999' }), /account: given "999999999999", allowed 111122223333/],
  ['no account', withEvent({ account: undefined }), /account/],
  ['an event of 301 s ago', withEvent({ time: timeAt(-301) }), /time: given/],
  ['an event of tomorrow', withEvent({ time: timeAt(86_400) }), /time: given/],
  ['a time that is none', withEvent({ time: 'yesterday' }), /time/],
  ['an id that is none', withEvent({ id: '' }), /id/],
  ['an id as long as a book', withEvent({ id: 'x'.repeat(100_000) }), /id/],
  ['another alarm', withEvent({ detail: { ...good.event.detail, alarmName: 'some-other-alarm' } }), /alarmName/],
  ['an alarm that is over', withEvent({ detail: { ...good.event.detail, state: { value: 'OK' } } }), /state/],
  [
    'an alarm that was one before',
    withEvent({ detail: { ...good.event.detail, previousState: { value: 'ALARM' } } }),
    /previousState/,
  ],
  ['another kind of event', withEvent({ 'detail-type': 'CloudWatch Alarm Configuration Change' }), /detail-type/],
];
