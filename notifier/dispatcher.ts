import type { ApplicationChanged, Event, RunResult } from '../alerts/event.ts';
import type { OpenChannel } from '../alerts/webhooks.ts';
import { label } from '../lib/kube/labels.ts';
import { type Application, hasEnded, type PipelineRun } from '../lib/kube/objects.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { decide, deploymentOf, isSettled, stateOf } from './applications.ts';
import { backlogEvent, backlogOf } from './backlog.ts';
import type { Cluster, Kind, Watched } from './cluster.ts';
import { type Notified, readState, withoutClaim } from './notified.ts';
import { claim, complete, type Marker, save } from './protocol.ts';
import {
  backOff,
  enqueue,
  type Item,
  idle,
  isRun,
  nameOf,
  newQueue,
  type RunItem,
  remove,
  requeueAfter,
  take,
} from './queue.ts';
import { type Addresses, runEvent, runResult } from './runs.ts';

/** "Live in dev" waits for its run's own message so long, then goes out without: a run may go on for a late replica, or for layers that it keeps. */
const RUN_FIRST_MS = 15_000;

export type DispatcherSettings = {
  cluster: Cluster;
  channel: OpenChannel;
  addresses: Addresses;
  log: Log;
  /** see Marker */
  name: string;
  claimMs: number;
};
type Context = Marker & DispatcherSettings;

/**
 * Sends through one channel what there is to notify about the objects that are enqueued, one message at a time, oldest first, and marks
 * each on its object. Works from the objects' present state alone, so events may be lost, repeated or out of order.
 */
export function newDispatcher(settings: DispatcherSettings) {
  const context: Context = { ...settings, queue: newQueue() };
  const { queue, log } = context;
  let stopping = false;
  let heartbeat = Date.now();
  let running = Promise.resolve();

  async function loop() {
    while (!stopping) {
      heartbeat = Date.now();
      const { item, waitMs } = take(queue, heartbeat);
      if (!item) {
        await idle(queue, waitMs);
        continue;
      }
      try {
        await (isRun(item) ? dispatchRun(context, item) : dispatchApplication(context, item));
        item.failures = 0;
      } catch (error) {
        item.failures += 1;
        const retryInMs = Math.min(60_000, 500 * 2 ** Math.min(item.failures, 7));
        backOff(item, retryInMs);
        log('warn', 'dispatch failed, will retry', { object: nameOf(item), reason: reasonOf(error), retryInMs });
      }
    }
  }

  return {
    enqueue: (kind: Kind, object: Watched) => enqueue(queue, kind, object),
    remove: (kind: Kind, object: Watched) => remove(queue, kind, object),
    /** Nothing is sent before. */
    start() {
      running = loop();
    },
    /** Milliseconds since the loop last turned; a message within its bound takes up to `claimMs`. */
    silentForMs: () => Date.now() - heartbeat,
    /** Finishes the message under way; what is not begun waits on its object for the next notifier. */
    async stop() {
      stopping = true;
      queue.wake();
      await running;
    },
  };
}

const isFailure = (result: RunResult) =>
  result === 'failed' || result === 'timed out' || result === 'cancelled' || result === 'rejected';

const notifiedOf = ({ channel }: Context, item: Item): Notified =>
  item.unsaved ?? withoutClaim(readState(item.object, channel.name));
const isNotified = (context: Context, run: RunItem) => notifiedOf(context, run).ended !== undefined;

async function dispatchRun(context: Context, item: RunItem): Promise<void> {
  const { cluster, queue, addresses } = context;
  const { object, unsaved } = item;
  if (unsaved) return save(context, item, object, unsaved);
  if (!hasEnded(object) || isNotified(context, item)) return;
  const pending = [...queue.items.values()]
    .filter(isRun)
    .filter((run) => hasEnded(run.object) && !isNotified(context, run) && run.notBefore <= Date.now());
  const backlog = backlogOf(pending, Date.now());
  if (backlog.length > 1) return dispatchBacklog(context, backlog);
  const taskRuns = isFailure(runResult(object)) ? await cluster.taskRuns(object) : [];
  const event = runEvent(object, taskRuns, addresses);
  await notify(context, item, object, event, { ended: event.result });
}

async function dispatchBacklog(context: Context, backlog: RunItem[]): Promise<void> {
  const claimed: { item: Item; object: PipelineRun }[] = [];
  for (const item of backlog) {
    const object = await claim(context, item, item.object);
    if (object) claimed.push({ item, object: object as PipelineRun });
  }
  if (claimed.length === 0) return;
  const retryInMs = await send(context, backlogEvent(claimed.map(({ object }) => object)), `${claimed.length} runs`);
  for (const { item, object } of claimed)
    await complete(context, item, object, { ended: runResult(object) }, retryInMs);
}

async function dispatchApplication(context: Context, item: Item): Promise<void> {
  const { cluster, addresses } = context;
  const application = item.object as Application;
  if (item.unsaved) {
    await save(context, item, application, item.unsaved);
    return requeueAfter(item, 0);
  }
  const state = stateOf(application);
  if (item.quietState === state) return;
  const place = deploymentOf(application);
  const deployment = place && (await cluster.deployment(place.namespace, place.name));
  const now = Date.now();
  item.unsettledSince = isSettled(application) ? undefined : (item.unsettledSince ?? now);
  const decision = decide(application, deployment, notifiedOf(context, item), addresses, now, item.unsettledSince);
  switch (decision.action) {
    case 'none':
      item.quietState = state;
      return;
    case 'wait':
      return requeueAfter(item, decision.ms);
    case 'record':
      return save(context, item, application, decision.notified);
    case 'notify':
      if (isRunStillToNotify(context, decision.event)) return requeueAfter(item, 500);
      return notify(context, item, application, decision.event, decision.notified);
  }
}

/** A run writes the release before it ends, and Argo CD may be faster than its last pod: keep the story in order. */
function isRunStillToNotify(context: Context, { result, at, service, commit }: ApplicationChanged): boolean {
  if (result !== 'deployed' || Date.now() - at.getTime() > RUN_FIRST_MS) return false;
  return [...context.queue.items.values()].filter(isRun).some((run) => {
    const { labels = {} } = run.object.metadata;
    const isOfCommit = labels[label.service] === service && labels[label.commit] === commit?.sha;
    return isOfCommit && !isNotified(context, run);
  });
}

async function notify(context: Context, item: Item, object: Watched, event: Event, next: Notified): Promise<void> {
  const claimed = await claim(context, item, object);
  if (claimed) await complete(context, item, claimed, next, await send(context, event, nameOf(item)));
}

/** Undefined when the message was sent, or refused for good; else the milliseconds to wait. */
async function send({ channel, log }: Context, event: Event, about: string): Promise<number | undefined> {
  const outcome = await channel.send(event);
  const fields = { channel: channel.name, about, event: 'result' in event ? event.result : event.kind };
  if (outcome.outcome === 'later') return outcome.afterMs;
  if (outcome.outcome === 'sent') log('info', 'notified', fields);
  else log('error', 'message refused and dropped', { ...fields, reason: outcome.reason });
  return undefined;
}
