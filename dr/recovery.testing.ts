/** Executions that end anywhere, and the next one that finishes what they began. Judged for every state of a branch. */
import { type Ended, execute, type Hooks, type Subject, subject } from './execution.testing.ts';
import { eventOf, judgeRun, judgeWorld } from './invariants.testing.ts';
import { type Scenario, scenarioOf } from './matrix.testing.ts';
import { mutating, type World, worldOf, writerOf } from './world.testing.ts';

export const base: Scenario = { ...scenarioOf(0), mode: 'live', second: 'none' };
export const failures: [string, Partial<Scenario>][] = [
  ['svc-failure', { trigger: 'svc', seoulDatabase: 'ok' }],
  ['db-failure', { trigger: 'db', seoulDatabase: 'fail' }],
  ['region-failure', { trigger: 'region', seoulDatabase: 'fail' }],
  ['db+app-failure', { trigger: 'db+app', seoulDatabase: 'fail' }],
  [
    'region-failure with a promotion whose answer is lost',
    { trigger: 'region', seoulDatabase: 'fail', failover: 'applied' },
  ],
];
export const start = (what: Partial<Scenario>) => worldOf({ ...base, ...what }, 'ok');
export const run = (world: World, what: Partial<Scenario>, id: string, hooks: Hooks = {}, of: Subject = subject) =>
  execute(world, eventOf({ ...base, ...what }, `event-${id}`, world.now), `run-${id}`, hooks, of);
export const promotions = ({ log }: World) => log.filter(({ changed }) => changed === 'promoted').length;
export const finished = (end: string) => end === 'failed-over' || end === 'already-failed-over';

/** Ends an execution before and behind each of its tasks, and starts the next. Says what did not converge. */
export async function crashEverywhere(
  what: Partial<Scenario>,
): Promise<{ crashes: number; tasks: number; breaches: string[] }> {
  const breaches: string[] = [];
  const whole = await run(start(what), what, '1');
  if (whole.terminal !== 'failed-over') breaches.push(`without a crash: given ${whole.terminal}, allowed failed-over`);
  let crashes = 0;
  for (let at = 1; at <= whole.path.length; at++)
    for (const when of ['before', 'after'] as const) {
      const world = start(what);
      const first = await run(world, what, '1', {
        [when]: (_: string, count: number) => (count === at ? 'crash' : undefined),
      });
      if (first.terminal !== 'crashed') continue;
      crashes++;
      world.now += 30;
      const second = await run(world, what, '2');
      const breach = (name: string, text: string) =>
        breaches.push(`crash ${when} ${first.path.at(-1)} (${at}): ${name}: ${text}`);
      if (!finished(second.terminal)) breach('I10 the next run finishes it', second.terminal);
      if (promotions(world) !== (what.trigger === 'svc' ? 0 : 1))
        breach('I4 one accepted promotion', `given ${promotions(world)}`);
      judgeRun(base, world, second, breach);
      judgeWorld(world, [crashedAs(first, second, whole.branch), second], 2, breach);
    }
  return { crashes, tasks: whole.path.length, breaches };
}

/** If the next run had nothing to do, the first has done it all and could not say so. */
function crashedAs(crashed: Ended, next: Ended, branch: Ended['branch']): Ended {
  const terminal = next.terminal === 'already-failed-over' ? 'failed-over' : crashed.terminal;
  return { ...crashed, terminal, ...(branch ? { branch } : {}) };
}

/** Ends an execution behind each of its first tasks, and has Seoul back before the next: only a promotion that was asked for goes on. */
export async function comesBack(what: Partial<Scenario>): Promise<string[]> {
  const breaches: string[] = [];
  for (let at = 2; at < 12; at++) {
    const world = start(what);
    const first = await run(world, what, '1', { after: (_, count) => (count === at ? 'crash' : undefined) });
    if (first.terminal !== 'crashed') break;
    const goesOn = promotions(world) > 0 || (what.trigger === 'svc' && first.path.includes('Decide'));
    const before = changes(world);
    world.sights = { writer: 'ok', app: 'ok', region: 'ok' };
    const { terminal } = await run(world, what, '2');
    if (terminal !== (goesOn ? 'failed-over' : 'NoAction'))
      breaches.push(`Seoul is back after ${first.path.at(-1)}: ${terminal}`);
    if (!goesOn && (changes(world) !== before || writerOf(world, world.now) !== 'seoul'))
      breaches.push(`Seoul is back after ${first.path.at(-1)}: something changed`);
  }
  return breaches;
}
export const changes = ({ log }: World) => log.filter(({ call }) => mutating.has(call)).length;

/** Traffic that moved for svc-failure stays, and a database that fails later is promoted. Says what happened otherwise. */
export async function fallsFurther(): Promise<string[]> {
  const svc: Partial<Scenario> = { trigger: 'svc', seoulDatabase: 'ok' };
  const world = start(svc);
  const ends = [(await run(world, svc, '1')).terminal, (await run(world, svc, '2')).terminal];
  world.sights.writer = 'fail';
  const third = await run(world, svc, '3');
  ends.push(third.terminal, third.branch ?? '', world.epoch);
  const want = ['failed-over', 'already-failed-over', 'failed-over', 'db+app-failure', '{"epoch":3,"writer":"tokyo"}'];
  return ends.join() === want.join() ? [] : [`svc-failure, then the database: ${ends.join()}`];
}

/** Two at once, first of all and after an earlier run: one fails over, the other says so and changes nothing. */
export async function race(what: Partial<Scenario>): Promise<string[]> {
  const breaches: string[] = [];
  for (const earlier of [false, true]) {
    const world = start(what);
    if (earlier) {
      const { sights } = world;
      world.sights = { writer: 'ok', app: 'ok', region: 'ok' };
      await run(world, what, '0');
      world.sights = sights;
    }
    const both = await Promise.all([run(world, what, '1'), run(world, what, '2')]);
    const ends = both.map(({ terminal }) => terminal).sort();
    if (ends.join() !== 'already-running,failed-over') breaches.push(`two at once: ${ends.join()}`);
    const idle = both.find(({ terminal }) => terminal === 'already-running')?.execution;
    if (world.log.some(({ call, by }) => mutating.has(call) && by === idle)) breaches.push('two at once: both act');
  }
  return breaches;
}

/** An execution that hung before its decision while another took the lock over, which runs still or has ended: it changes nothing. */
export async function hangs(what: Partial<Scenario>): Promise<string[]> {
  const breaches: string[] = [];
  for (const crash of [undefined, 'crash'] as const) {
    const world = start(what);
    let between = 0;
    const first = await run(world, what, '1', {
      before: async (task) => {
        if (task !== 'Decide') return undefined;
        world.running.delete('run-1');
        await run(world, what, '2', { after: (name) => (name === 'Decide' ? crash : undefined) });
        between = changes(world);
        return undefined;
      },
    });
    if (first.terminal !== 'Failed' || first.outcome?.step !== 'decide')
      breaches.push(`without its lock: ${first.terminal}`);
    if (changes(world) !== between) breaches.push('without its lock: it acts');
  }
  return breaches;
}

/** A region that does not fail in one moment. Says how it ended, if not in Tokyo. */
export async function settles(what: Partial<Scenario>): Promise<string[]> {
  const world = start(what);
  const { sights } = world;
  world.sights = { writer: 'unknown', app: 'unknown', region: 'ok' };
  let looks = 0;
  const { terminal } = await run(world, what, '1', {
    before: (task) => {
      if (task === 'aurora-healthcheck-seoul' && ++looks === 3) world.sights = sights;
      return undefined;
    },
  });
  return terminal === 'failed-over' && looks === 3
    ? []
    : [`observers who agree at the third look: ${terminal}, ${looks} looks`];
}

/** A failover that nobody finished for an hour is decided anew: it goes on while Seoul is down, and not if Seoul is well again. */
export async function growsOld(what: Partial<Scenario>): Promise<string[]> {
  const breaches: string[] = [];
  for (const well of [false, true]) {
    const world = start(what);
    await run(world, what, '1', { before: (task) => (task === 'Switch traffic' ? 'crash' : undefined) });
    const before = changes(world);
    world.now += 3600;
    if (well) world.sights = { writer: 'ok', app: 'ok', region: 'ok' };
    const { terminal } = await run(world, what, '2');
    if (terminal !== (well ? 'NoAction' : 'failed-over'))
      breaches.push(`an hour later, Seoul ${well ? 'well' : 'down'}: ${terminal}`);
    if (well && changes(world) !== before) breaches.push('an hour later, Seoul well: something changed');
    if (world.lock?.epoch?.N !== '2') breaches.push(`an hour later: number ${world.lock?.epoch?.N}`);
  }
  return breaches;
}

/**
 * A promotion fails after the fence was notified that Tokyo writes, and a person has Seoul go on, by a later epoch as docs/failback.md says. What fails over
 * then has to be later news, and the same news again if it is resumed. Says what is not.
 */
export async function goesOnAfterWriteBack(what: Partial<Scenario>): Promise<string[]> {
  const breaches: string[] = [];
  // A person writes a later number once, or twice, or in quotes.
  for (const written of [
    '{"epoch":2,"writer":"seoul"}',
    '{"epoch":5,"writer":"seoul"}',
    '{"epoch":"2","writer":"seoul"}',
  ])
    for (const crash of [undefined, 'Decide', 'Fence', 'Promote']) {
      const world = start(what);
      world.faults.failover = 'invalid';
      const first = await run(world, what, '1');
      if (first.terminal !== 'Failed' || world.epoch !== '{"epoch":1,"writer":"tokyo"}')
        breaches.push(`a promotion that fails: ${first.terminal}, ${world.epoch}`);
      world.epoch = written;
      world.faults.failover = 'ok';
      world.now += 600;
      if (crash) await run(world, what, '2', { after: (task) => (task === crash ? 'crash' : undefined) });
      const { terminal } = await run(world, what, '3');
      const number = Number(JSON.parse(written).epoch) + 1;
      const want = `{"epoch":${number},"writer":"tokyo"}`;
      if (terminal !== 'failed-over' || world.epoch !== want || world.lock?.epoch?.N !== `${number}`)
        breaches.push(
          `${written} is written after a failed promotion, ${crash ?? 'no crash'}: ${terminal}, ${world.epoch}, lock ${world.lock?.epoch?.N}`,
        );
    }
  return breaches;
}
