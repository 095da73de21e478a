import { faultText } from '../../lib/errors.ts';
import type { Config } from '../config.ts';
import { secondsSince } from '../dr-failover-check/check.ts';
import { Permanent, Retryable } from '../errors.ts';
import { type Request, readInput } from '../input.ts';
import { incidentOf, numberAfter } from '../number.ts';
import type { LockItem, Ports, WriterEpoch } from '../ports.ts';
import type { Branch, Decision, Outcome, Run, Settled, State } from '../types.ts';

/**
 * A failover that was decided longer ago is not gone on with, because the world may have changed under it: the probes decide anew, under a
 * new number.
 */
export const resumeSeconds = 1800;

const none: LockItem = {
  version: 0,
  state: 'idle',
  epoch: 0,
  owner: '',
  event: '',
  since: '',
  decided: '',
  decidedAt: '',
  moved: 'no',
};

type Locks = Pick<Ports, 'lock' | 'isRunning' | 'now'>;
type Admission = { outcome: Outcome; run?: Run; item?: LockItem };

/**
 * Whether this execution may go on. One failover at a time: a second event while one runs changes nothing, nor does one after it. A run
 * whose execution ended without a word is taken over, and what it had begun is finished under its number.
 */
export function admission(
  { mode, trigger, assumed, event, since }: Request,
  before: LockItem | undefined,
  ownerRuns: boolean,
  execution: string,
  now: Date,
): Admission {
  const known = before ?? none;
  const stale = known.decided !== '' && secondsSince(known.decidedAt, now) > resumeSeconds;
  const item: LockItem = stale ? { ...known, decided: '', decidedAt: '' } : known;
  const mine = item.state === 'running' && item.owner === execution;
  const run = (epoch: number, from: string): Run => ({
    mode,
    trigger,
    event,
    epoch,
    incident: incidentOf(epoch),
    since: from,
    decided: item.decided,
    moved: item.moved,
    assumed,
  });
  const refuse = (why: string): Admission => ({ outcome: { result: 'refused', why: [why] } });
  if (mine) return { outcome: { result: 'admitted' }, run: run(item.epoch, item.since) };
  if (item.state === 'running' && ownerRuns)
    return { outcome: { result: 'already-running', why: [`it is ${item.owner}`] } };
  if (item.state === 'failed-over')
    return { outcome: { result: 'already-failed-over', why: [`since ${item.since}, number ${item.epoch}`] } };
  if (item.event === event && item.state !== 'running')
    return refuse(
      faultText({ where: 'event', what: 'id', given: event, allowed: 'an event that was not handled yet' }),
    );
  const resumed = !stale && (item.state === 'running' || item.decided !== '');
  const epoch = resumed ? item.epoch : item.epoch + 1;
  const from = item.decided !== '' ? item.since : since;
  const next: LockItem = {
    ...item,
    version: item.version + 1,
    state: 'running',
    epoch,
    owner: execution,
    event,
    since: from,
  };
  // A dry run takes no lock: it changes nothing.
  return { outcome: { result: 'admitted' }, run: run(epoch, from), ...(mode === 'dry-run' ? {} : { item: next }) };
}

/** Writers that come between are few. */
const tries = 3;

export async function admit(ports: Locks, config: Config, input: unknown, execution: string): Promise<State> {
  const { request, faults } = readInput(input, config, ports.now());
  if (!request || faults.length > 0) return { outcome: { result: 'refused', why: faults } };
  for (let count = 0; count < tries; count++) {
    const before = await ports.lock.read();
    const asks = before?.state === 'running' && before.owner !== execution;
    const ownerRuns = asks ? await ports.isRunning(before.owner) : false;
    const { outcome, run, item } = admission(request, before, ownerRuns, execution, ports.now());
    if (!item || (await ports.lock.write(item, before?.version))) return { outcome, ...(run ? { run } : {}) };
  }
  throw new Retryable('lock: another execution wrote it each time');
}

/**
 * Writes the branch down before anything changes, so that whoever resumes knows what had begun; and a later number, if somebody notified the
 * fence one meanwhile: it hears nothing earlier.
 */
export async function decide(
  ports: Locks & Pick<Ports, 'writerEpoch'>,
  run: Run,
  branch: Branch,
  execution: string,
): Promise<Decision> {
  if (run.mode === 'dry-run') return { did: [], would: [`fail over by ${branch}`], epoch: run.epoch };
  const [item, { last, unread }] = await Promise.all([
    ports.lock.read(),
    // The traffic alone moves without the fence.
    branch === 'svc-failure' ? ({} as Heard) : readEpoch(ports),
  ]);
  if (item?.owner !== execution || item.state !== 'running') throw new Permanent('lock: another execution holds it');
  const epoch = numberAfter(item.epoch, last);
  const did = [
    item.decided === branch ? `goes on with ${branch}` : `decided for ${branch}`,
    ...(epoch === item.epoch ? [] : [`number ${item.epoch} → ${epoch}: the fence received ${last?.epoch} meanwhile`]),
  ];
  const decision = { did, would: [], epoch, ...(unread ? { unread } : {}) };
  if (item.decided === branch && epoch === item.epoch) return decision;
  const decidedAt = item.decided === branch ? item.decidedAt : ports.now().toISOString();
  const next: LockItem = { ...item, version: item.version + 1, epoch, decided: branch, decidedAt };
  if (!(await ports.lock.write(next, item.version))) throw new Retryable('lock: another execution wrote it');
  return decision;
}

type Heard = { last?: WriterEpoch; unread?: string };
/** No failover waits for a secret that cannot be read: people are notified. */
const readEpoch = ({ writerEpoch }: Pick<Ports, 'writerEpoch'>): Promise<Heard> =>
  writerEpoch().then(
    (last) => (last ? { last } : {}),
    (error: Error) => ({ unread: error.message }),
  );

/** Remembers how the run ended. */
export async function settle(ports: Locks, { run, outcome, branch }: State, execution: string): Promise<Settled> {
  const now = ports.now();
  const seconds = run ? secondsSince(run.since, now) : 0;
  if (!run || run.mode === 'dry-run') return { seconds };
  const item = await ports.lock.read();
  // Settled by an earlier try, or taken over.
  if (item?.owner !== execution || item.state !== 'running') return { seconds };
  const done = outcome?.result === 'failed-over';
  const ended: Partial<LockItem> = done
    ? {
        state: branch === 'svc-failure' ? 'idle' : 'failed-over',
        moved: branch === 'svc-failure' ? 'yes' : 'no',
        decided: '',
        decidedAt: '',
      }
    : { state: item.decided === '' ? 'idle' : 'failed' };
  if (!(await ports.lock.write({ ...item, ...ended, version: item.version + 1 }, item.version)))
    throw new Retryable('lock: another execution wrote it');
  return { seconds };
}
