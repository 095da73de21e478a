import { expect, test } from '@jest/globals';
import { isEndNotified, notifiedAnnotation } from '../lib/kube/notified.ts';
import { claimedFor, type Memory, recall, remember } from './memory.ts';

const annotated = (text: string) => ({ metadata: { annotations: { [notifiedAnnotation]: text } } });

test('what is remembered is recalled', () => {
  const memory: Memory = {
    ended: 'failed',
    release: '0123456789ab@aaaaaaaaaaaa',
    troubles: ['degraded:x'],
    claim: { by: 'notifier-1', until: '2026-11-23T10:00:00.000Z' },
  };
  expect(recall(annotated(remember(memory)))).toEqual(memory);
  expect(remember({ troubles: [] })).toBe('{}');
  expect(recall({ metadata: {} })).toEqual({});
});

test.each([
  '',
  'null',
  '[]',
  '"told"',
  '{"ended":1,"troubles":"x","claim":{"by":"x","until":"soon"}}',
  '{',
  '{"__proto__":{"ended":"x"}}',
])('an annotation edited by hand, %s, is nothing told', (text) => {
  expect(recall(annotated(text))).toEqual({});
});

test('a run counts as told by others when its end was told, not when somebody is about to', () => {
  const told = (text: string) => isEndNotified(annotated(text).metadata.annotations);
  const claim = { by: 'notifier-1', until: '2026-11-23T10:00:00.000Z' };
  expect(told(remember({ ended: 'failed' }))).toBe(true);
  for (const text of [remember({ claim }), remember({}), 'null', '{', '{"ended":1}']) expect(told(text)).toBe(false);
  expect(isEndNotified(undefined)).toBe(false);
});

test('a claim of another stands until it lapses; one of my own name does not bind me', () => {
  const now = Date.parse('2026-11-23T10:00:00Z');
  const memory = { claim: { by: 'other', until: '2026-11-23T10:00:30Z' } };
  expect(claimedFor(memory, 'me', now)).toBe(30_000);
  expect(claimedFor(memory, 'other', now)).toBe(0);
  expect(claimedFor(memory, 'me', now + 31_000)).toBe(0);
  expect(claimedFor({}, 'me', now)).toBe(0);
});
