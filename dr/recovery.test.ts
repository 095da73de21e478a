import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Ended, execute, type Hooks } from './execution.testing.ts';
import { eventOf, judgeRun, judgeWorld } from './invariants.testing.ts';
import { type Scenario, scenarioOf } from './matrix.testing.ts';
import { mutating, type World, worldOf, writerOf } from './world.testing.ts';

/** What goes wrong besides Seoul: executions that end anywhere, two at once, a lock that does not answer, a Seoul that comes back. */
const base: Scenario = { ...scenarioOf(0), mode: 'live', second: 'none' };
const failures: [string, Partial<Scenario>][] = [
  ['svc-failure', { trigger: 'svc', seoulDatabase: 'ok' }],
  ['db-failure', { trigger: 'db', seoulDatabase: 'fail' }],
  ['region-failure', { trigger: 'region', seoulDatabase: 'fail' }],
  ['db+app-failure', { trigger: 'db+app', seoulDatabase: 'fail' }],
  [
    'region-failure with a promotion whose answer is lost',
    { trigger: 'region', seoulDatabase: 'fail', failover: 'applied' },
  ],
];
const start = (what: Partial<Scenario>) => worldOf({ ...base, ...what }, 'ok');
const run = (world: World, what: Partial<Scenario>, id: string, hooks: Hooks = {}) =>
  execute(world, eventOf({ ...base, ...what }, `event-${id}`, world.now), `run-${id}`, hooks);

/** Of a run that crashed, and the one after it. */
function breachesOf(world: World, crashed: Ended, next: Ended, branch: Ended['branch']): string[] {
  const breaches: string[] = [];
  const breach = (name: string, what: string) => breaches.push(`${name}: ${what}`);
  judgeRun(base, world, next, breach);
  // If the next had nothing to do, the first has done it all, and could not say so.
  const terminal = next.terminal === 'already-failed-over' ? 'failed-over' : crashed.terminal;
  judgeWorld(world, [{ ...crashed, terminal, ...(branch ? { branch } : {}) }, next], 2, breach);
  return breaches;
}
const promotions = ({ log }: World) => log.filter(({ changed }) => changed === 'promoted').length;
const changes = ({ log }: World) => log.filter(({ call }) => mutating.has(call)).length;
const finished = (end: string) => end === 'failed-over' || end === 'already-failed-over';

beforeAll(() => {
  Error.stackTraceLimit = 0;
});

describe.each(failures)('%s', (_, what) => {
  test('an execution that ends before or behind any state is finished by the next, with one promotion', async () => {
    const whole = await run(start(what), what, '1');
    expect(whole.terminal).toBe('failed-over');
    let crashes = 0;
    for (let at = 1; at <= whole.path.length; at++)
      for (const when of ['before', 'after'] as const) {
        const world = start(what);
        const first = await run(world, what, '1', {
          [when]: (__: string, count: number) => (count === at ? 'crash' : undefined),
        });
        if (first.terminal !== 'crashed') continue;
        crashes++;
        world.now += 30;
        const second = await run(world, what, '2');
        const where = `${when} ${first.path.at(-1)} (${at})`;
        expect([where, finished(second.terminal), second.terminal]).toEqual([where, true, second.terminal]);
        expect([where, promotions(world)]).toEqual([where, what.trigger === 'svc' ? 0 : 1]);
        expect([where, breachesOf(world, first, second, whole.branch)]).toEqual([where, []]);
      }
    expect(crashes).toBeGreaterThan(whole.path.length);
  });

  test('executions that end one after the other, each further than the last, come to the end', async () => {
    const world = start(what);
    let last: Ended | undefined;
    for (let at = 2; at < 40 && !finished(last?.terminal ?? ''); at++) {
      last = await run(world, what, String(at), { after: (__, count) => (count === at ? 'crash' : undefined) });
      world.now += 5;
    }
    expect(finished(last?.terminal ?? '')).toBe(true);
    expect(promotions(world)).toBe(what.trigger === 'svc' ? 0 : 1);
  });

  test('the same event again after a crash resumes, too', async () => {
    const world = start(what);
    await run(world, what, '1', { before: (task) => (task === 'Switch traffic' ? 'crash' : undefined) });
    const again = await execute(world, eventOf({ ...base, ...what }, 'event-1', world.now), 'run-2');
    expect(again.terminal).toBe('failed-over');
  });

  test('two at once: one fails over, the other says so', async () => {
    const world = start(what);
    const both = await Promise.all([run(world, what, '1'), run(world, what, '2')]);
    expect(both.map(({ terminal }) => terminal).sort()).toEqual(['already-running', 'failed-over']);
    expect(promotions(world)).toBe(what.trigger === 'svc' ? 0 : 1);
  });

  test('an unfinished failover of more than half an hour ago is left to a person', async () => {
    const world = start(what);
    await run(world, what, '1', { before: (task) => (task === 'Switch traffic' ? 'crash' : undefined) });
    const before = changes(world);
    world.now += 3600;
    expect((await run(world, what, '2')).terminal).toBe('Refused');
    expect(changes(world)).toBe(before);
  });

  test('Seoul is well again when the next execution starts: a promotion that was asked for is finished, else nothing happens', async () => {
    for (let at = 2; at < 12; at++) {
      const world = start(what);
      const first = await run(world, what, '1', { after: (__, count) => (count === at ? 'crash' : undefined) });
      if (first.terminal !== 'crashed') break;
      const begun = promotions(world) > 0;
      const decided = first.path.includes('Decide');
      const before = changes(world);
      world.sights = { writer: 'ok', app: 'ok', region: 'ok' };
      const second = await run(world, what, '2');
      const goesOn = begun || (what.trigger === 'svc' && decided);
      expect([at, second.terminal]).toEqual([at, goesOn ? 'failed-over' : 'NoAction']);
      if (!goesOn) expect([at, changes(world), writerOf(world, world.now)]).toEqual([at, before, 'seoul']);
    }
  });
});

const region: Partial<Scenario> = { trigger: 'region', seoulDatabase: 'fail' };

test('without its lock no failover begins', async () => {
  const world = start(region);
  world.faults.lock = 'down';
  const end = await run(world, region, '1');
  expect({ terminal: end.terminal, step: end.outcome?.step, changes: changes(world) }).toEqual({
    terminal: 'Failed',
    step: 'lock',
    changes: 0,
  });
});

test('a lock that is lost before the decision ends the run, and nothing has changed', async () => {
  const world = start(region);
  const end = await run(world, region, '1', {
    before: (task) => {
      if (task === 'Decide') world.faults.lock = 'down';
      return undefined;
    },
  });
  expect({ terminal: end.terminal, step: end.outcome?.step, changes: changes(world) }).toEqual({
    terminal: 'Failed',
    step: 'decide',
    changes: 0,
  });
});

test('a lock that is lost after the decision does not stop the failover, and the next run changes nothing more', async () => {
  const world = start(region);
  const end = await run(world, region, '1', {
    after: (task) => {
      if (task === 'Decide') world.faults.lock = 'down';
      return undefined;
    },
  });
  expect(end.terminal).toBe('failed-over');
  world.faults.lock = 'ok';
  const before = changes(world);
  expect((await run(world, region, '2')).terminal).toBe('failed-over');
  // The writer's epoch is written again, as it was.
  expect(changes(world) - before).toBe(1);
  expect(world.epoch).toBe('{"epoch":1,"writer":"tokyo"}');
});

test('an execution whose lock was taken over while it hung changes nothing any more', async () => {
  const world = start(region);
  // The first hangs before its decision; Step Functions says that it ended.
  const first = await run(world, region, '1', {
    before: async (task) => {
      if (task !== 'Decide') return undefined;
      world.running.delete('run-1');
      expect((await run(world, region, '2')).terminal).toBe('failed-over');
      return undefined;
    },
  });
  expect({ terminal: first.terminal, step: first.outcome?.step }).toEqual({ terminal: 'Failed', step: 'decide' });
  expect(promotions(world)).toBe(1);
});

test('probes that fail themselves end the run, and nothing has changed', async () => {
  const world = start(region);
  const { functions, subjectWith } = await import('./subject.testing.ts');
  const broken = subjectWith({
    ...functions,
    'aurora-healthcheck-seoul': async () => {
      throw new Error('boom');
    },
  });
  const end = await execute(world, eventOf({ ...base, ...region }, 'event-1', 0), 'run-1', {}, broken);
  expect({ terminal: end.terminal, step: end.outcome?.step, changes: changes(world) }).toEqual({
    terminal: 'Failed',
    step: 'probe',
    changes: 0,
  });
});

test('traffic that moved for svc-failure stays, and a database that fails later is promoted', async () => {
  const svc: Partial<Scenario> = { trigger: 'svc', seoulDatabase: 'ok' };
  const world = start(svc);
  expect((await run(world, svc, '1')).terminal).toBe('failed-over');
  expect((await run(world, svc, '2')).terminal).toBe('already-failed-over');
  world.sights.writer = 'fail';
  const third = await run(world, svc, '3');
  expect({ terminal: third.terminal, branch: third.branch }).toEqual({
    terminal: 'failed-over',
    branch: 'db+app-failure',
  });
  expect(world.epoch).toBe('{"epoch":3,"writer":"tokyo"}');
});

test('a writer that never comes is waited for to 300 s, and no traffic goes to the reader', async () => {
  const world = start(region);
  world.database.promotionSeconds = 10_000;
  const end = await run(world, region, '1');
  expect({ terminal: end.terminal, step: end.outcome?.step }).toEqual({ terminal: 'Failed', step: 'confirm' });
  expect(end.to).toBeGreaterThan(300);
  expect(world.log.filter(({ call }) => call === 'UpdateEndpointGroup')).toEqual([]);
  world.database.promotedAt = world.now;
  world.now += 60;
  expect((await run(world, region, '2')).terminal).toBe('failed-over');
  expect(promotions(world)).toBe(1);
});
