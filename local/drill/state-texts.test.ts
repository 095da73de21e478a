import { expect, test } from '@jest/globals';
import { machine } from '../../dr/machine.ts';
import { workOf } from '../../dr/run.ts';
import { failoverFunctions } from '../../overlays/names.ts';
import { stateText } from './state-texts.ts';

test('the log of a drill has a sentence for each state that works or waits', () => {
  const functions = Object.fromEntries(failoverFunctions.map((name) => [name, name])) as never;
  const states = workOf(machine({ functions, writerEpoch: 'x' })).map(([name]) => name);
  expect(states.length).toBeGreaterThan(10);
  for (const name of states) expect(stateText(name)).toMatch(/^[a-z][\s\S]+ \([\s\S]+\)$/);
});
