import { expect, test } from '@jest/globals';
import { alarms, composites, probeAlarm, probers, rehearsal, rule, schedules, stateMachine } from './detection.ts';
import { config, timeAt } from './execution.testing.ts';
import { readInput } from './input.ts';
import { scheduled } from './lambdas.ts';

/** The state of each probe alarm, from what each observer says for half a minute; undefined: it is silent. */
type Observation = 1 | 0 | undefined;
const state = (value: Observation, missing: string) => (value === undefined ? missing === 'breaching' : value < 1);
function firing(composite: string, observers: Record<string, Observation>): boolean {
  const on = new Set(
    alarms.filter(({ name, missing }) => name in observers && state(observers[name], missing)).map(({ name }) => name),
  );
  // The rule of a composite alarm, which has no other words.
  const code = composite
    .replaceAll(/ALARM\("([^"]+)"\)/g, (_, name) => String(on.has(name)))
    .replaceAll('AND', '&&')
    .replaceAll('OR', '||');
  return Function(`return ${code}`)();
}
const observers = (tokyo: [Observation, Observation], witness: [Observation, Observation]) =>
  Object.fromEntries(
    (['app', 'writer'] as const).flatMap((what, index) => [
      [probeAlarm(what, 'tokyo'), tokyo[index]],
      [probeAlarm(what, 'witness'), witness[index]],
    ]),
  );
const [trigger, writer] = composites.map(({ rule: text }) => text) as [string, string];

test.each<[string, [Observation, Observation], [Observation, Observation], boolean, boolean]>([
  ['all is well', [1, 1], [1, 1], false, false],
  ['the services are gone', [0, 1], [0, 1], true, false],
  ['the database is gone', [1, 0], [1, 0], true, true],
  ['the region is gone', [0, 0], [0, 0], true, true],
  ['Tokyo is cut off from Seoul', [0, 0], [1, 1], false, false],
  ['the witness is cut off', [1, 1], [0, 0], false, false],
  ["Tokyo's own prober is gone", [undefined, undefined], [1, 1], false, false],
  ["Tokyo's own prober is gone while Seoul is", [undefined, undefined], [0, 0], false, false],
  ['both are silent', [undefined, undefined], [undefined, undefined], false, false],
  ['they see different things', [0, 1], [1, 0], false, false],
])('%s: the machine is started only if both observers see it', (_, tokyo, witness, starts, database) => {
  expect(firing(trigger, observers(tokyo, witness))).toBe(starts);
  expect(firing(writer, observers(tokyo, witness))).toBe(database);
});

test('the rules name alarms that there are, and an observer that is silent alarms people', () => {
  const names = alarms.map(({ name }) => name);
  for (const { rule: text } of composites)
    for (const [, name] of text.matchAll(/ALARM\("([^"]+)"\)/g)) expect(names).toContain(name);
  expect(new Set(names).size).toBe(names.length);
  for (const prober of probers) expect(names).toContain(`dr-prober-silent-${prober}`);
});

test('each end of an execution that needs a person notifies people, and starts nothing', () => {
  const own = alarms.filter(({ namespace }) => namespace === 'AWS/States');
  expect(own.map(({ metric }) => metric)).toEqual(['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted']);
  for (const { name, statistic, comparison, threshold, missing, dimensions } of own) {
    expect([statistic, comparison, threshold, missing]).toEqual(['Sum', 'GreaterThanThreshold', 0, 'notBreaching']);
    expect(dimensions).toEqual({ StateMachineArn: stateMachine });
    expect([trigger, writer].some((text) => text.includes(name))).toBe(false);
  }
});

test('what the rule passes on is an input that the machine takes, from each of its alarms', () => {
  for (const name of rule.pattern.detail.alarmName) {
    const event = {
      version: '0',
      id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
      'detail-type': 'CloudWatch Alarm State Change',
      source: 'aws.cloudwatch',
      account: '111122223333',
      time: timeAt(0),
      region: 'ap-northeast-1',
      resources: [`arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:${name}`],
      detail: {
        alarmName: name,
        state: { value: 'ALARM', reason: '…', reasonData: '{"triggeringAlarms":[]}', timestamp: timeAt(0) },
        previousState: { value: 'OK', timestamp: timeAt(-60) },
        configuration: { alarmRule: '…' },
      },
    };
    const input = JSON.parse(rule.inputTemplate.replace('<aws.events.event.json>', JSON.stringify(event)));
    expect(readInput(input, config, new Date(timeAt(5)))).toEqual({
      request: { mode: 'live', trigger: '', assumed: '', event: event.id, since: event.time },
      faults: [],
    });
  }
});

test('an event that is delivered late is one that the machine refuses, too', () => {
  expect(rule.retry.maximumEventAgeSeconds).toBe(300);
  expect(rehearsal.pattern.source).toEqual(['dr.rehearsal']);
  expect(schedules.map(({ function: name }) => name).sort()).toEqual([...scheduled].sort());
});
