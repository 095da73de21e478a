import { expect, test } from '@jest/globals';
import { isEndNotified, notifiedAnnotation } from '../lib/kube/notified.ts';
import { annotationText, claimedForMs, readState, type State } from './notified.ts';

const annotated = (text: string) => ({ metadata: { annotations: { [notifiedAnnotation]: text } } });
const claim = { by: 'notifier-1', until: '2026-11-23T10:00:00.000Z' };

test('what is written is read, for each channel its own', () => {
  const state: State = { ended: 'failed', release: '0123456789ab@aaaaaaaaaaaa', problems: ['degraded:x'], claim };
  const one = annotated(annotationText({}, 'slack', state));
  expect(readState(one, 'slack')).toEqual(state);
  expect(readState(one, 'teams')).toEqual({});
  const two = annotated(annotationText(one, 'teams', { ended: 'failed' }));
  expect([readState(two, 'slack'), readState(two, 'teams')]).toEqual([state, { ended: 'failed' }]);
  expect(annotationText(two, 'slack', {})).toBe('{"slack":{},"teams":{"ended":"failed"}}');
  expect(readState({ metadata: {} }, 'slack')).toEqual({});
});

test.each([
  '',
  'null',
  '[]',
  '"notified"',
  '{"slack":null}',
  '{"slack":{"ended":1,"problems":"x","claim":{"by":"x","until":"soon"}}}',
  '{"slack":{"problems":[]}}',
  '{',
  '{"slack":{"__proto__":{"ended":"x"}}}',
  '{"__proto__":{"slack":{"ended":"x"}}}',
  `{"slack":{"ended":"${'x'.repeat(10_000)}"}}`,
])('an annotation edited by hand is nothing notified (case %#)', (text) => {
  expect(readState(annotated(text), 'slack')).toEqual({});
});

test('a run is done with when every channel has its end, not when one is about to', () => {
  const text = (...states: [string, State][]) =>
    states.reduce((before, [channel, state]) => annotationText(annotated(before), channel, state), '{}');
  const isDone = (annotation: string) => isEndNotified({ [notifiedAnnotation]: annotation });
  expect(isDone(text(['slack', { ended: 'failed' }]))).toBe(true);
  expect(isDone(text(['slack', { ended: 'failed' }], ['teams', { ended: 'failed' }]))).toBe(true);
  for (const no of [
    text(['slack', { claim }]),
    text(['slack', { ended: 'failed' }], ['teams', {}]),
    ...['{}', 'null', '[]', '{', '{"slack":{"ended":1}}', '{"slack":null}'],
  ])
    expect([no, isDone(no)]).toEqual([no, false]);
  expect(isEndNotified(undefined)).toBe(false);
});

test('a claim of another stands until it lapses; one of my own name does not bind me', () => {
  const now = Date.parse('2026-11-23T10:00:00Z');
  const state = { claim: { by: 'other', until: '2026-11-23T10:00:30Z' } };
  expect(claimedForMs(state, 'me', now)).toBe(30_000);
  expect(claimedForMs(state, 'other', now)).toBe(0);
  expect(claimedForMs(state, 'me', now + 31_000)).toBe(0);
  expect(claimedForMs({}, 'me', now)).toBe(0);
});
