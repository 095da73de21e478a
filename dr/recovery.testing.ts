/** Executions that end anywhere, and the next one that finishes what they began. Judged for every state of a branch. */
import { type Ended, execute, type Hooks, type Subject, subject } from './execution.testing.ts';
import { eventOf, judgeModel, judgeRun } from './invariants.testing.ts';
import { type Scenario, scenarioOf } from './matrix.testing.ts';
import { type Model, modelOf, mutating, writerOf } from './model.testing.ts';

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
export const start = (what: Partial<Scenario>) => modelOf({ ...base, ...what }, 'ok');
export const run = (model: Model, what: Partial<Scenario>, id: string, hooks: Hooks = {}, of: Subject = subject) =>
  execute(model, eventOf({ ...base, ...what }, `event-${id}`, model.now), `run-${id}`, hooks, of);
export const promotions = ({ log }: Model) => log.filter(({ changed }) => changed === 'promoted').length;
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
      const model = start(what);
      const first = await run(model, what, '1', {
        [when]: (_: string, count: number) => (count === at ? 'crash' : undefined),
      });
      if (first.terminal !== 'crashed') continue;
      crashes++;
      model.now += 30;
      const second = await run(model, what, '2');
      const breach = (name: string, text: string) =>
        breaches.push(`crash ${when} ${first.path.at(-1)} (${at}): ${name}: ${text}`);
      if (!finished(second.terminal)) breach('I10 the next run finishes it', second.terminal);
      if (promotions(model) !== (what.trigger === 'svc' ? 0 : 1))
        breach('I4 one accepted promotion', `given ${promotions(model)}`);
      judgeRun(base, model, second, breach);
      judgeModel(model, [crashedAs(first, second, whole.branch), second], 2, breach);
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
    const model = start(what);
    const first = await run(model, what, '1', { after: (_, count) => (count === at ? 'crash' : undefined) });
    if (first.terminal !== 'crashed') break;
    const goesOn = promotions(model) > 0 || (what.trigger === 'svc' && first.path.includes('Decide'));
    const before = changes(model);
    model.sights = { writer: 'ok', app: 'ok', region: 'ok' };
    const { terminal } = await run(model, what, '2');
    if (terminal !== (goesOn ? 'failed-over' : 'NoAction'))
      breaches.push(`Seoul is back after ${first.path.at(-1)}: ${terminal}`);
    if (!goesOn && (changes(model) !== before || writerOf(model, model.now) !== 'seoul'))
      breaches.push(`Seoul is back after ${first.path.at(-1)}: something changed`);
  }
  return breaches;
}
export const changes = ({ log }: Model) => log.filter(({ call }) => mutating.has(call)).length;

/** Traffic that moved for svc-failure stays, and a database that fails later is promoted. Says what happened otherwise. */
export async function fallsFurther(): Promise<string[]> {
  const svc: Partial<Scenario> = { trigger: 'svc', seoulDatabase: 'ok' };
  const model = start(svc);
  const ends = [(await run(model, svc, '1')).terminal, (await run(model, svc, '2')).terminal];
  model.sights.writer = 'fail';
  const third = await run(model, svc, '3');
  ends.push(third.terminal, third.branch ?? '', model.epoch);
  const want = ['failed-over', 'already-failed-over', 'failed-over', 'db+app-failure', '{"epoch":3,"writer":"tokyo"}'];
  return ends.join() === want.join() ? [] : [`svc-failure, then the database: ${ends.join()}`];
}

/** Two at once, first of all and after an earlier run: one fails over, the other says so and changes nothing. */
export async function race(what: Partial<Scenario>): Promise<string[]> {
  const breaches: string[] = [];
  for (const earlier of [false, true]) {
    const model = start(what);
    if (earlier) {
      const { sights } = model;
      model.sights = { writer: 'ok', app: 'ok', region: 'ok' };
      await run(model, what, '0');
      model.sights = sights;
    }
    const both = await Promise.all([run(model, what, '1'), run(model, what, '2')]);
    const ends = both.map(({ terminal }) => terminal).sort();
    if (ends.join() !== 'already-running,failed-over') breaches.push(`two at once: ${ends.join()}`);
    const idle = both.find(({ terminal }) => terminal === 'already-running')?.execution;
    if (model.log.some(({ call, by }) => mutating.has(call) && by === idle)) breaches.push('two at once: both act');
  }
  return breaches;
}

/** An execution that hung before its decision while another took the lock over, which runs still or has ended: it changes nothing. */
export async function hangs(what: Partial<Scenario>): Promise<string[]> {
  const breaches: string[] = [];
  for (const crash of [undefined, 'crash'] as const) {
    const model = start(what);
    let between = 0;
    const first = await run(model, what, '1', {
      before: async (task) => {
        if (task !== 'Decide') return undefined;
        model.running.delete('run-1');
        await run(model, what, '2', { after: (name) => (name === 'Decide' ? crash : undefined) });
        between = changes(model);
        return undefined;
      },
    });
    if (first.terminal !== 'Failed' || first.outcome?.step !== 'decide')
      breaches.push(`without its lock: ${first.terminal}`);
    if (changes(model) !== between) breaches.push('without its lock: it acts');
  }
  return breaches;
}

/** A region that does not fail in one moment. Says how it ended, if not in Tokyo. */
export async function settles(what: Partial<Scenario>): Promise<string[]> {
  const model = start(what);
  const { sights } = model;
  model.sights = { writer: 'unknown', app: 'unknown', region: 'ok' };
  let looks = 0;
  const { terminal } = await run(model, what, '1', {
    before: (task) => {
      if (task === 'aurora-healthcheck-seoul' && ++looks === 3) model.sights = sights;
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
    const model = start(what);
    await run(model, what, '1', { before: (task) => (task === 'Switch traffic' ? 'crash' : undefined) });
    const before = changes(model);
    model.now += 3600;
    if (well) model.sights = { writer: 'ok', app: 'ok', region: 'ok' };
    const { terminal } = await run(model, what, '2');
    if (terminal !== (well ? 'NoAction' : 'failed-over'))
      breaches.push(`an hour later, Seoul ${well ? 'well' : 'down'}: ${terminal}`);
    if (well && changes(model) !== before) breaches.push('an hour later, Seoul well: something changed');
    if (model.lock?.epoch?.N !== '2') breaches.push(`an hour later: number ${model.lock?.epoch?.N}`);
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
      const model = start(what);
      model.faults.failover = 'invalid';
      const first = await run(model, what, '1');
      if (first.terminal !== 'Failed' || model.epoch !== '{"epoch":1,"writer":"tokyo"}')
        breaches.push(`a promotion that fails: ${first.terminal}, ${model.epoch}`);
      model.epoch = written;
      model.faults.failover = 'ok';
      model.now += 600;
      if (crash) await run(model, what, '2', { after: (task) => (task === crash ? 'crash' : undefined) });
      const { terminal } = await run(model, what, '3');
      const number = Number(JSON.parse(written).epoch) + 1;
      const want = `{"epoch":${number},"writer":"tokyo"}`;
      if (terminal !== 'failed-over' || model.epoch !== want || model.lock?.epoch?.N !== `${number}`)
        breaches.push(
          `${written} is written after a failed promotion, ${crash ?? 'no crash'}: ${terminal}, ${model.epoch}, lock ${model.lock?.epoch?.N}`,
        );
    }
  return breaches;
}
