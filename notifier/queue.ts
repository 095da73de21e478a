import type { Application, PipelineRun } from '../lib/kube/objects.ts';
import { changedAt } from './applications.ts';
import { type Kind, kinds, type Watched } from './cluster.ts';
import type { Notified } from './notified.ts';
import { endedAt } from './runs.ts';

/** An object to look at. */
export type Item = {
  kind: Kind;
  object: Watched;
  /** When to look next, in milliseconds since 1970. */
  dueAt: number;
  /** Not even a change of the object makes it due sooner (after a failure). */
  notBefore: number;
  failures: number;
  /** Versions that our own writes have replaced, which the watch may still bring. */
  replaced: Set<string>;
  /** Notified, but the API server has not taken the annotation yet. */
  unsaved?: Notified;
  /** An Application: since when it is seen unsettled, in milliseconds since 1970. */
  unsettledSince?: number | undefined;
  /** The state about which there was nothing to notify. */
  quietState?: string;
};
export type RunItem = Item & { object: PipelineRun };

export type Queue = { items: Map<string, Item>; wake: () => void };

const NEVER = Number.POSITIVE_INFINITY;
/** The loop turns at least so often, which is its sign of life. */
const TURN_MS = 10_000;

export const newQueue = (): Queue => ({ items: new Map(), wake: () => {} });

export const nameOf = (item: Item) => `${item.kind.plural}/${item.object.metadata.name}`;
export const isRun = (item: Item): item is RunItem => item.kind === kinds.pipelineruns;
export const occurredAt = (item: Item) =>
  isRun(item) ? endedAt(item.object).getTime() : changedAt(item.object as Application);

/** Takes up an object as the API server has it now. Events may be lost, repeated or out of order. */
export function enqueue(queue: Queue, kind: Kind, object: Watched): void {
  const fresh: Item = { kind, object, dueAt: NEVER, notBefore: 0, failures: 0, replaced: new Set() };
  const name = nameOf(fresh);
  const known = queue.items.get(name);
  const item = known?.object.metadata.uid === object.metadata.uid ? known : fresh;
  if (item.replaced.has(object.metadata.resourceVersion)) return;
  item.replaced.clear();
  item.object = object;
  queue.items.set(name, item);
  item.dueAt = 0;
  queue.wake();
}

export function remove(queue: Queue, kind: Kind, { metadata: { name, uid } }: Watched): void {
  const key = `${kind.plural}/${name}`;
  if (queue.items.get(key)?.object.metadata.uid === uid) queue.items.delete(key);
}

/** Takes the due item whose news is oldest, or says how long to wait for one. A change from here on makes it due again. */
export function take(queue: Queue, now: number): { item?: Item; waitMs: number } {
  let found: Item | undefined;
  let soonest = now + TURN_MS;
  for (const item of queue.items.values()) {
    const due = Math.max(item.dueAt, item.notBefore);
    soonest = Math.min(soonest, due);
    if (due <= now && (!found || occurredAt(item) < occurredAt(found))) found = item;
  }
  if (!found) return { waitMs: soonest - now };
  found.dueAt = NEVER;
  return { item: found, waitMs: 0 };
}

export function requeueAfter(item: Item, ms: number): void {
  item.dueAt = Math.min(item.dueAt, Date.now() + ms);
}

export function backOff(item: Item, ms: number): void {
  item.notBefore = Date.now() + ms;
  item.dueAt = 0;
}

/** Our own write made `to` of `from`: the next look starts from it even before the watch brings it. */
export function advance(item: Item, from: Watched, to: Watched): void {
  item.replaced.add(from.metadata.resourceVersion);
  if (item.replaced.has(item.object.metadata.resourceVersion)) item.object = to;
}

/** Resolves when something is enqueued, or after `ms`. */
export async function idle(queue: Queue, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.max(1, ms));
    queue.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  queue.wake = () => {};
}
