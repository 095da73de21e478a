import { expect, test } from '@jest/globals';
import { badInputs } from './bad-inputs.testing.ts';
import { forbidden } from './config.ts';
import { config, execute, timeAt, values } from './execution.testing.ts';
import { readInput, staleSeconds } from './input.ts';
import { eventOf } from './invariants.testing.ts';
import { mutating, newModel } from './model.testing.ts';
import type { Variable } from './variables.ts';

test.each(badInputs)('%s is refused with a message, and nothing changes', async (_, input, why) => {
  const model = newModel();
  model.sights = { writer: 'fail', app: 'fail', region: 'fail' };
  const end = await execute(model, input, 'run-1');
  expect(end.terminal).toBe('Refused');
  expect(end.outcome?.why?.join('\n')).toMatch(why);
  expect(end.messages).toEqual(['ended']);
  expect(model.log.filter(({ call }) => mutating.has(call) || call === 'PutItem')).toEqual([]);
});

test('every fault of an event is reported at once', () => {
  const input = {
    mode: 'rehearsal',
    event: { id: 'e', time: timeAt(-900), account: '999999999999', source: 'dr.operator' },
  };
  const { faults } = readInput(input, config, new Date(timeAt(0)));
  expect(faults).toEqual([
    'mode: given "rehearsal", allowed live, dry-run',
    'event: account: given "999999999999", allowed 111122223333',
    expect.stringMatching(/^event: time: given/),
  ]);
});

test('an event just as old as allowed is taken', () => {
  const input = eventOf({ trigger: 'region', mode: 'live' }, 'e', 0);
  expect(readInput(input, config, new Date(timeAt(staleSeconds))).faults).toEqual([]);
  expect(readInput(input, config, new Date(timeAt(staleSeconds + 1))).faults).toHaveLength(1);
});

const installation = (changes: Partial<Record<Variable, string>>) => (name: Variable) =>
  ({ ...values, ...changes })[name];
test.each([
  ['live', {}, 0],
  ['dry-run', {}, 0],
  ['rehearsal', {}, 1],
  ['live', { DR_LIVE: '' }, 1],
  ['live', { DR_LIVE: 'true' }, 1],
  ['dry-run', { DR_LIVE: '' }, 0],
  ['rehearsal', { DR_MODES: 'rehearsal,dry-run', DR_LIVE: '' }, 0],
  ['live', { DR_MODES: 'rehearsal,dry-run' }, 1],
  // An installation that is both is neither.
  ['live', { DR_MODES: 'live,rehearsal,dry-run' }, 1],
  ['rehearsal', { DR_MODES: 'live,rehearsal,dry-run' }, 1],
] as const)('mode %s in an installation with %j: %d faults', (mode, changes, count) => {
  expect(forbidden(mode, installation(changes))).toHaveLength(count);
});
