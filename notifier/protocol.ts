/**
 * How an object is marked: claim, send, complete. The claim is written before anything is sent, and only if the object is still as it was
 * read, so of two notifiers one sends; what was notified is written afterwards, so a crash in between repeats a message and loses none.
 */
import type { OpenChannel } from '../alerts/webhooks.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Cluster, Watched } from './cluster.ts';
import { annotationText, claimedForMs, type Notified, readState, type State, withoutClaim } from './notified.ts';
import { advance, backOff, enqueue, type Item, nameOf, type Queue, remove, requeueAfter } from './queue.ts';

export type Marker = {
  cluster: Pick<Cluster, 'annotate' | 'get'>;
  queue: Queue;
  log: Log;
  channel: Pick<OpenChannel, 'name'>;
  /** Unlike any other notifier's that runs at the same time, the same after a restart in place: the pod's name. */
  name: string;
  /** How long a claim stands, in milliseconds: longer than the channel takes for one message. */
  claimMs: number;
};

/**
 * Announces that this notifier is about to send what it decided on `object`: the answer is the object with the claim on it. Undefined
 * when another notifier is at it, or the object has changed and is to be looked at again.
 */
export async function claim(marker: Marker, item: Item, object: Watched): Promise<Watched | undefined> {
  const { cluster, queue, channel, name, claimMs } = marker;
  const state = readState(object, channel.name);
  const waitMs = claimedForMs(state, name, Date.now());
  if (waitMs > 0) {
    requeueAfter(item, waitMs);
    return undefined;
  }
  const until = new Date(Date.now() + claimMs).toISOString();
  const text = annotationText(object, channel.name, { ...state, claim: { by: name, until } });
  const written = await cluster.annotate(item.kind, object, text);
  if (written !== 'conflict' && written !== 'gone') {
    advance(item, object, written);
    return written;
  }
  const fresh = written === 'gone' ? undefined : await cluster.get(item.kind, object.metadata.name);
  if (fresh) enqueue(queue, item.kind, fresh);
  else remove(queue, item.kind, object);
  return undefined;
}

/** After sending: records what was notified, or, to try again after `retryInMs`, gives the claim back. */
export async function complete(
  marker: Marker,
  item: Item,
  object: Watched,
  notified: Notified,
  retryInMs?: number,
): Promise<void> {
  if (retryInMs !== undefined) {
    // Where this fails, the claim lapses.
    await save(marker, item, object, withoutClaim(readState(object, marker.channel.name))).catch(() => {});
    return backOff(item, retryInMs);
  }
  item.unsaved = notified;
  await save(marker, item, object, notified).catch((error) => {
    marker.log('warn', 'notified, but not recorded yet', { object: nameOf(item), reason: reasonOf(error) });
    requeueAfter(item, 1000);
  });
}

/** Writes the channel's state, whatever else changed on the object meanwhile: only the claim's holder comes here. */
export async function save({ cluster, channel }: Marker, item: Item, object: Watched, state: State): Promise<void> {
  let current = object;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const written = await cluster.annotate(item.kind, current, annotationText(current, channel.name, state));
    const fresh = written === 'conflict' ? await cluster.get(item.kind, object.metadata.name) : written;
    const isGone = fresh === undefined || fresh === 'gone' || fresh.metadata.uid !== object.metadata.uid;
    if (isGone || written !== 'conflict') {
      delete item.unsaved;
      if (!isGone) advance(item, current, fresh);
      return;
    }
    current = fresh;
  }
  throw new Error('the object changes faster than it can be written');
}
