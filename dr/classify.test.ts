import { expect, test } from '@jest/globals';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { StateDefinition } from './asl.ts';
import { classify, type Facts, table } from './classify.ts';
import { definition } from './execution.testing.ts';
import { branches } from './types.ts';

const sights = ['ok', 'fail', 'unknown'] as const;
const combinations = <T extends object>(axes: { [K in keyof T]: readonly T[K][] }): T[] =>
  (Object.entries(axes) as [keyof T, readonly T[keyof T][]][]).reduce<T[]>(
    (all, [name, values]) => all.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{} as T],
  );

const all: Facts[] = combinations<Facts>({
  'seoul.writer': sights,
  'seoul.app': sights,
  'seoul.region': sights,
  'tokyo.database': sights,
  'tokyo.app': sights,
  'tokyo.role': ['reader', 'writer', 'promoting', 'detached', 'unknown'],
  'run.trigger': ['', ...branches],
  'run.decided': ['', ...branches],
  'run.moved': ['yes', 'no'],
  // A test of its own has the others.
  'run.assumed': [''],
});
const fresh = (facts: Facts) => facts['run.decided'] === '' && facts['run.moved'] === 'no';

test('the table of branches, with every answer of the probes', () => {
  const byAlarm = all.filter(
    (facts) => fresh(facts) && facts['run.trigger'] === '' && facts['tokyo.role'] === 'reader',
  );
  expect(byAlarm).toHaveLength(243);
  const rows = new Map<string, Set<string>>();
  for (const facts of byAlarm) {
    const seoul = (['seoul.writer', 'seoul.app', 'seoul.region'] as const).map((fact) => facts[fact]).join(' ');
    const tokyo = (['tokyo.database', 'tokyo.app'] as const).map((fact) => facts[fact]).join(' ');
    const verdict = classify(facts);
    if (verdict) rows.set(`${seoul} → ${verdict}`, (rows.get(`${seoul} → ${verdict}`) ?? new Set()).add(tokyo));
  }
  const database = new Set(['ok ok', 'ok fail', 'ok unknown']);
  // writer, services, region → branch; then database and services of Tokyo that it needs.
  expect(rows).toEqual(
    new Map([
      ['ok fail ok → svc-failure', new Set(['ok ok', 'fail ok', 'unknown ok'])],
      ['fail ok ok → db-failure', database],
      ['fail fail ok → db+app-failure', database],
      ['fail fail fail → region-failure', database],
      ['fail fail unknown → db+app-failure', database],
    ]),
  );
});

test('a claim that the probes do not bear out is no action', () => {
  const claimed = all.filter((facts) => fresh(facts) && facts['run.trigger'] !== '' && classify(facts));
  expect(claimed.length).toBeGreaterThan(0);
  expect(claimed.filter((facts) => classify(facts) !== facts['run.trigger'])).toEqual([]);
});

test('nothing promotes while the writer of Seoul is well or nobody knows, unless Tokyo was promoted before', () => {
  const wrong = all.filter((facts) => {
    const verdict = classify(facts);
    if (!verdict || verdict === 'svc-failure' || verdict === 'already') return false;
    const resumed = ['writer', 'promoting'].includes(facts['tokyo.role']) && facts['run.decided'] === verdict;
    return !resumed && !(facts['seoul.writer'] === 'fail' && facts['tokyo.database'] === 'ok');
  });
  expect(wrong).toEqual([]);
});

test('traffic that was moved is not moved again, and a database that fails later is promoted', () => {
  const later: Facts = {
    'seoul.writer': 'ok',
    'seoul.app': 'fail',
    'seoul.region': 'ok',
    'tokyo.database': 'ok',
    'tokyo.app': 'ok',
    'tokyo.role': 'reader',
    'run.trigger': '',
    'run.decided': '',
    'run.moved': 'yes',
    'run.assumed': '',
  };
  expect(classify(later)).toBe('already');
  expect(classify({ ...later, 'seoul.writer': 'fail' })).toBe('db+app-failure');
});

test('what a person assumes in a dry run is the branch, whatever Seoul does, if Tokyo could take over', () => {
  const some = all.filter((each, index) => fresh(each) || index % 7 === 0);
  for (const assumed of branches) {
    const able = some.filter((facts) => facts[assumed === 'svc-failure' ? 'tokyo.app' : 'tokyo.database'] === 'ok');
    expect(able.length).toBeGreaterThan(0);
    expect(able.filter((facts) => classify({ ...facts, 'run.assumed': assumed }) !== assumed)).toEqual([]);
  }
});

test('the Choice state decides as the table does', async () => {
  const { Choices, Default } = definition.States.Classify as Extract<StateDefinition, { Type: 'Choice' }>;
  const ends = [...new Set([...Choices.map(({ Next }) => Next), Default])];
  const States = {
    Classify: definition.States.Classify,
    ...Object.fromEntries(ends.map((end) => [end, { Type: 'Pass', Result: end, End: true }])),
  };
  const alone = new StateMachine({ StartAt: 'Classify', States } as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  // Every 61st of them, and more of those that a row decides: all would take minutes in the interpreter.
  const named = all
    .filter((facts, index) => index % 61 === 0 || (classify(facts) !== undefined && index % 13 === 0))
    .map((facts, index) => ({
      ...facts,
      'run.assumed': index % 29 === 0 ? (branches[index % 4] ?? '') : ('' as const),
    }));
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    for (const facts of named) {
      const verdict = classify(facts);
      const at = (fact: keyof Facts) => facts[fact];
      const end = await alone.run({
        run: {
          trigger: at('run.trigger'),
          decided: at('run.decided'),
          moved: at('run.moved'),
          assumed: at('run.assumed'),
        },
        probes: [
          { writer: at('seoul.writer'), app: at('seoul.app'), region: at('seoul.region') },
          { database: at('tokyo.database'), app: at('tokyo.app'), role: at('tokyo.role') },
        ],
      }).result;
      expect({ facts, end }).toEqual({
        facts,
        end: verdict === undefined ? 'No action' : verdict === 'already' ? 'Already failed over' : verdict,
      });
    }
  } finally {
    Error.stackTraceLimit = limit;
  }
  expect(new Set(named.map(classify))).toEqual(new Set([...table.map(({ verdict }) => verdict), undefined]));
});
