/** The proofs in short, for a machine with a fault in it: the first thing that they find, or undefined. */

import { healthcheckSeoul } from './aurora-healthcheck-seoul/healthcheck.ts';
import { badInputs } from './bad-inputs.testing.ts';
import { budgetOf } from './budget.ts';
import { classify } from './classify.ts';
import { forbidden } from './config.ts';
import { definition, execute, values } from './execution.testing.ts';
import { eventOf, judge } from './invariants.testing.ts';
import { lint, longestPath } from './lint.ts';
import { machineSeconds } from './machine.ts';
import { waitSeconds } from './machine-act.ts';
import { sample } from './matrix.testing.ts';
import { newModel } from './model.testing.ts';
import {
  base,
  comesBack,
  crashEverywhere,
  failures,
  fallsFurther,
  goesOnAfterWriteBack,
  growsOld,
  hangs,
  race,
  run,
  settles,
  start,
} from './recovery.testing.ts';
import { eventOf as messageOf } from './sns-notify-dr/event.ts';
import { branches, type Sight } from './types.ts';

const scenarios = 700;

export async function firstBreach(): Promise<string | undefined> {
  Error.stackTraceLimit = 0;
  const [fault] = lint(definition);
  if (fault) return `lint: ${fault}`;
  if (longestPath(definition) >= machineSeconds - 10) return `lint: the longest way takes ${longestPath(definition)} s`;
  if (waitSeconds < 90 || waitSeconds > 120) return `budget: a wait of ${waitSeconds} s`;
  for (const branch of branches) {
    const { seconds, objective } = budgetOf(branch);
    if (seconds > objective) return `budget: ${branch}: ${seconds} s`;
  }
  for (const [name, input] of badInputs) {
    const model = newModel();
    model.sights = { writer: 'fail', app: 'fail', region: 'fail' };
    const { terminal } = await execute(model, input, 'run-1');
    if (terminal !== 'Refused') return `bad input: ${name}: ${terminal}`;
  }
  const disarmed = (name: keyof typeof values) => (name === 'DR_LIVE' ? '' : values[name]);
  if (forbidden('live', disarmed).length === 0) return 'bad input: a disarmed installation acts';
  const unsure = promotesUnsure();
  if (unsure) return unsure;
  const split = await observers('fail', 'ok');
  if (split !== 'unknown') return `probes: two observers who disagree see ${split}`;
  const locked = await lockBreach();
  if (locked) return locked;
  for (const number of sample(scenarios)) {
    const { breaches } = await judge(number);
    if (breaches[0]) return breaches[0];
  }
  for (const [name, what] of failures) {
    const { breaches } = await crashEverywhere(what);
    if (breaches[0]) return `${name}: ${breaches[0]}`;
  }
  return undefined;
}

/** The table of branches for itself: the functions before it never hand it such a row. */
function promotesUnsure(): string | undefined {
  for (const writer of ['ok', 'unknown'] as const)
    for (const app of sights)
      for (const region of sights) {
        const verdict = classify({
          'seoul.writer': writer,
          'seoul.app': app,
          'seoul.region': region,
          'tokyo.database': 'ok',
          'tokyo.app': 'ok',
          'tokyo.role': 'reader',
          'run.trigger': '',
          'run.decided': '',
          'run.moved': 'no',
          'run.assumed': '',
        });
        if (verdict && verdict !== 'svc-failure')
          return `table: database ${writer}, services ${app}, region ${region}: ${verdict}`;
      }
  return undefined;
}
const sights: Sight[] = ['ok', 'fail', 'unknown'];

async function observers(mine: Sight, theirs: Sight): Promise<Sight> {
  const seen = async () => mine;
  const witness = async () => ({ writer: theirs, app: theirs, region: theirs });
  try {
    return (await healthcheckSeoul({ seoul: { writer: seen, app: seen, region: seen, witness } })).writer;
  } catch {
    return 'unknown';
  }
}

/** Whether people hear of a fence that failed, a try that fails is repeated, and an end that nobody heard is said again. */
async function fenceHeard(what: object): Promise<string | undefined> {
  const state = { outcome: { result: 'failed-over' as const }, fence: { Error: 'Denied' } };
  const { result, details } = messageOf('ended', state, 'run-1', new Date(0));
  if (result === 'failed over' || !/Denied/.test(details[0] ?? '')) return `fence: its fault is reported as ${result}`;
  const model = start(what);
  Object.assign(model.faults, { fence: 'denied', notifier: 'down' });
  const { path } = await run(model, what, '1', {
    after: (task) => {
      if (task === 'Fence') model.faults.fence = 'ok';
      return undefined;
    },
  });
  const [fenced, reported] = ['Fence', 'Report'].map((name) => path.filter((each) => each === name).length);
  return fenced === 2 && reported === 3 ? undefined : `retries: the fence ${fenced}, the end ${reported}`;
}

/** What the lock is for, besides a second event. */
async function lockBreach(): Promise<string | undefined> {
  const [, what] = failures[2] as [string, object];
  const quiet = start({ trigger: 'unknown' });
  await run(quiet, { trigger: 'unknown' }, '1');
  const same = await execute(quiet, eventOf({ ...base, trigger: 'unknown' }, 'event-1', quiet.now), 'run-2');
  if (same.terminal !== 'Refused') return `lock: the same event twice: ${same.terminal}`;
  for (const fence of ['down', 'unread'] as const) {
    const unfenced = start(what);
    unfenced.faults.fence = fence;
    const { terminal } = await run(unfenced, what, '1');
    if (terminal !== 'failed-over') return `fence: ${fence}: ${terminal}`;
  }
  const heard = await fenceHeard(what);
  if (heard) return heard;
  return [
    ...(await growsOld(what)),
    ...(await goesOnAfterWriteBack(what)),
    ...(await settles(what)),
    ...(await race(what)),
    ...(await hangs(what)),
    ...(await comesBack(what)),
    ...(await fallsFurther()),
  ][0];
}
