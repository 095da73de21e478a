import { beforeAll, describe, expect, test } from '@jest/globals';
import { definition, type Ended, execute } from './execution.testing.ts';
import { functions } from './functions.ts';
import { eventOf } from './invariants.testing.ts';
import type { Scenario } from './matrix.testing.ts';
import type { Model } from './model.testing.ts';
import {
  base,
  changes,
  comesBack,
  crashEverywhere,
  failures,
  fallsFurther,
  finished,
  goesOnAfterWriteBack,
  growsOld,
  hangs,
  promotions,
  race,
  run,
  settles,
  start,
} from './recovery.testing.ts';

/** What goes wrong besides Seoul: executions that end anywhere, two at once, a lock that does not answer, a Seoul that comes back. */
beforeAll(() => {
  Error.stackTraceLimit = 0;
});

describe.each(failures)('%s', (_, what) => {
  test('an execution that ends before or behind any state is finished by the next, with one promotion', async () => {
    const { crashes, tasks, breaches } = await crashEverywhere(what);
    expect(breaches).toEqual([]);
    expect(crashes).toBeGreaterThan(tasks);
  });

  test('executions that end one after the other, each further than the last, come to the end', async () => {
    const model = start(what);
    let last: Ended | undefined;
    for (let at = 2; at < 40 && !finished(last?.terminal ?? ''); at++) {
      last = await run(model, what, String(at), { after: (__, count) => (count === at ? 'crash' : undefined) });
      model.now += 5;
    }
    expect(finished(last?.terminal ?? '')).toBe(true);
    expect(promotions(model)).toBe(what.trigger === 'svc' ? 0 : 1);
  });

  test('the same event again after a crash resumes, too', async () => {
    const model = start(what);
    await run(model, what, '1', { before: (task) => (task === 'Switch traffic' ? 'crash' : undefined) });
    const again = await execute(model, eventOf({ ...base, ...what }, 'event-1', model.now), 'run-2');
    expect(again.terminal).toBe('failed-over');
  });

  test('two at once: one fails over, the other says so', async () => {
    expect(await race(what)).toEqual([]);
  });

  test('an execution whose lock was taken over while it hung changes nothing any more', async () => {
    expect(await hangs(what)).toEqual([]);
  });

  test('a failover that nobody finished for an hour is decided anew', async () => {
    expect(await growsOld(what)).toEqual([]);
  });

  test('Seoul is well again when the next execution starts: a promotion that was asked for is finished, else nothing happens', async () => {
    expect(await comesBack(what)).toEqual([]);
  });
});

const region: Partial<Scenario> = { trigger: 'region', seoulDatabase: 'fail' };

test('without its lock no failover begins', async () => {
  const model = start(region);
  model.faults.lock = 'down';
  const end = await run(model, region, '1');
  expect({ terminal: end.terminal, step: end.outcome?.step, changes: changes(model) }).toEqual({
    terminal: 'Failed',
    step: 'lock',
    changes: 0,
  });
});

test('a lock that is lost before the decision ends the run, and nothing has changed', async () => {
  const model = start(region);
  const end = await run(model, region, '1', {
    before: (task) => {
      if (task === 'Decide') model.faults.lock = 'down';
      return undefined;
    },
  });
  expect({ terminal: end.terminal, step: end.outcome?.step, changes: changes(model) }).toEqual({
    terminal: 'Failed',
    step: 'decide',
    changes: 0,
  });
});

test('a lock that is lost after the decision does not stop the failover, and the next run changes nothing more', async () => {
  const model = start(region);
  const end = await run(model, region, '1', {
    after: (task) => {
      if (task === 'Decide') model.faults.lock = 'down';
      return undefined;
    },
  });
  expect(end.terminal).toBe('failed-over');
  model.faults.lock = 'ok';
  const before = changes(model);
  expect((await run(model, region, '2')).terminal).toBe('failed-over');
  // The writer's epoch is written again, as it was.
  expect(changes(model) - before).toBe(1);
  expect(model.epoch).toBe('{"epoch":1,"writer":"tokyo"}');
});

test('a region that does not fail in one moment is looked at again, until its observers agree', async () => {
  expect(await settles(region)).toEqual([]);
});

test('an alarm of the database alone starts the machine as well', async () => {
  const model = start(region);
  const input = JSON.parse(
    JSON.stringify(eventOf({ ...base, ...region }, 'event-1', 0)).replace(
      'dr-nlb-composite-trigger',
      'dr-seoul-writer',
    ),
  );
  expect((await execute(model, input, 'run-1')).terminal).toBe('failed-over');
});

test.each(['down', 'denied', 'unread'] as const)('a fence that is %s does not stop the failover', async (fault) => {
  const model = start(region);
  model.faults.fence = fault;
  const { terminal, path } = await run(model, region, '1');
  expect(terminal).toBe('failed-over');
  // A secret that is not there comes by no retry.
  expect(path.filter((name) => name === 'Fence')).toHaveLength(fault === 'denied' ? 3 : 1);
});

test('a fence that fails once is written by the next try', async () => {
  const model = start(region);
  model.faults.fence = 'denied';
  await run(model, region, '1', {
    after: (task) => {
      if (task === 'Fence') model.faults.fence = 'ok';
      return undefined;
    },
  });
  expect(model.epoch).toBe('{"epoch":1,"writer":"tokyo"}');
});

test('Seoul that went on after a failed promotion is fenced by a later epoch', async () => {
  for (const what of [region, { trigger: 'db', seoulDatabase: 'fail' } as const])
    expect(await goesOnAfterWriteBack(what)).toEqual([]);
});

test('an end that nobody heard is said again, and once', async () => {
  const heard = (model: Model) => model.log.filter(({ call, from }) => call === 'Publish' && from === 'sns-notify-dr');
  const model = start({ trigger: 'unknown' });
  model.faults.notifier = 'down';
  let tries = 0;
  const { terminal } = await run(model, { trigger: 'unknown' }, '1', {
    before: (task) => {
      if (task === 'Report' && ++tries === 3) model.faults.notifier = 'ok';
      return undefined;
    },
  });
  expect({ terminal, tries, asked: heard(model).length }).toEqual({ terminal: 'NoAction', tries: 3, asked: 3 });
});

test('probes that fail themselves end the run, and nothing has changed', async () => {
  const model = start(region);
  const broken = {
    definition,
    functions: {
      ...functions,
      'aurora-healthcheck-seoul': async () => {
        throw new Error('boom');
      },
    },
  };
  const end = await execute(model, eventOf({ ...base, ...region }, 'event-1', 0), 'run-1', {}, broken);
  expect({ terminal: end.terminal, step: end.outcome?.step, changes: changes(model) }).toEqual({
    terminal: 'Failed',
    step: 'probe',
    changes: 0,
  });
});

test('traffic that moved for svc-failure stays, and a database that fails later is promoted', async () => {
  expect(await fallsFurther()).toEqual([]);
});

test('a writer that never comes is waited for to 300 s, and no traffic goes to the reader', async () => {
  const model = start(region);
  model.database.promotionSeconds = 10_000;
  const end = await run(model, region, '1');
  expect({ terminal: end.terminal, step: end.outcome?.step }).toEqual({ terminal: 'Failed', step: 'confirm' });
  expect(end.to).toBeGreaterThan(300);
  expect(model.log.filter(({ call }) => call === 'UpdateEndpointGroup')).toEqual([]);
  model.database.promotedAt = model.now;
  model.now += 60;
  expect((await run(model, region, '2')).terminal).toBe('failed-over');
  expect(promotions(model)).toBe(1);
});
