import type { Channel } from '../alerts/channels/index.ts';
import type { ApplicationChanged, Backlog, Event, RunResult } from '../alerts/event.ts';
import { type Application, hasEnded, type PipelineRun } from '../lib/kube/objects.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { deploymentOf, happenedAt, judge, stateOf } from './applications.ts';
import { APPLICATIONS, type Cluster, type Kind, PIPELINE_RUNS, type Watched } from './cluster.ts';
import { claimedFor, type Memory, recall, remember, withoutClaim } from './memory.ts';
import { type Addresses, endedAt, runEvent, runResult } from './runs.ts';

/** Of runs that wait to be told, so many are told one by one; older ones, and those that ended over a day ago, in one message. */
const BACKLOG = 20;
const OLD_MS = 24 * 3600_000;
/** "Live in dev" waits for its run's own message so long, then goes out without: a run may go on for a late replica, or for layers that it keeps. */
const RUN_FIRST_MS = 15_000;
const NEVER = Number.POSITIVE_INFINITY;

export type Teller = ReturnType<typeof teller>;
export type TellerSettings = {
  cluster: Cluster;
  channel: Channel;
  addresses: Addresses;
  log: Log;
  /** unlike any other notifier's that runs at the same time, the same after a restart in place: the pod's name */
  name: string;
  /** for how long a claim stands: longer than the channel takes for one message */
  claimMs: number;
};

/**
 * Tells what there is to tell about the objects handed to `see`, one message at a time, earliest first, and marks each on its
 * object. Works from the objects' present state alone, so events may be lost, repeated or out of order.
 */
export function teller({ cluster, channel, addresses, log, name, claimMs }: TellerSettings) {
  /** `dueAt`: when to look; `notBefore`: not even a change of the object makes it sooner (after a failure). */
  type Item = {
    kind: Kind;
    object: Watched;
    dueAt: number;
    notBefore: number;
    failures: number;
    /** versions that my own writes have replaced, which the watch may still bring */
    passed: Set<string>;
  };
  const items = new Map<string, Item>();
  /** told, but the API server did not take the mark yet */
  const unsaved = new Map<string, Memory>();
  /** the state of an Application about which there was nothing to tell */
  const settled = new Map<string, string>();
  let wake = () => {};
  let stopping = false;
  let beat = Date.now();

  const keyOf = (kind: Kind, object: Watched) => `${kind.plural}/${object.metadata.name}`;
  const isRun = (item: Item): item is Item & { object: PipelineRun } => item.kind === PIPELINE_RUNS;
  const memoryOf = (object: Watched) => unsaved.get(object.metadata.uid) ?? recall(object);
  const isUntold = (run: PipelineRun) => hasEnded(run) && memoryOf(run).ended === undefined;
  const happened = (item: Item) =>
    isRun(item) ? endedAt(item.object).getTime() : happenedAt(item.object as Application);
  const dueAt = (item: Item) => Math.max(item.dueAt, item.notBefore);

  function see(kind: Kind, object: Watched) {
    const key = keyOf(kind, object);
    const item = items.get(key) ?? { kind, object, dueAt: NEVER, notBefore: 0, failures: 0, passed: new Set() };
    if (item.passed.has(object.metadata.resourceVersion)) return;
    item.passed.clear();
    item.object = object;
    items.set(key, item);
    if (isRun(item) && !isUntold(item.object) && !unsaved.has(object.metadata.uid)) return;
    item.dueAt = 0;
    wake();
  }

  function forget(kind: Kind, object: Watched) {
    items.delete(keyOf(kind, object));
    unsaved.delete(object.metadata.uid);
    settled.delete(object.metadata.uid);
  }

  /** My write made `to` of `from`: the next look starts from it even before the watch brings it. */
  function advance(item: Item, from: Watched, to: Watched) {
    item.passed.add(from.metadata.resourceVersion);
    if (item.passed.has(item.object.metadata.resourceVersion)) item.object = to;
  }

  const later = (item: Item, ms: number) => {
    item.dueAt = Math.min(item.dueAt, Date.now() + ms);
  };
  const holdOff = (item: Item, ms: number) => {
    item.notBefore = Date.now() + ms;
    item.dueAt = 0;
  };

  async function run() {
    while (!stopping) {
      beat = Date.now();
      let next: Item | undefined;
      let soonest = Date.now() + 10_000;
      for (const item of items.values()) {
        soonest = Math.min(soonest, dueAt(item));
        if (dueAt(item) <= Date.now() && (!next || happened(item) < happened(next))) next = item;
      }
      if (!next) {
        await idle(soonest - Date.now());
        continue;
      }
      next.dueAt = NEVER; // a change from here on makes it due again
      try {
        if (isRun(next)) await tellRun(next);
        else await tellApplication(next);
        next.failures = 0;
      } catch (error) {
        next.failures += 1;
        const waitMs = Math.min(60_000, 500 * 2 ** Math.min(next.failures, 7));
        holdOff(next, waitMs);
        log('warn', 'could not tell, will try again', {
          object: keyOf(next.kind, next.object),
          reason: reasonOf(error),
          waitMs,
        });
      }
    }
  }

  async function idle(ms: number) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, ms));
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = () => {};
  }

  async function tellRun(item: Item & { object: PipelineRun }) {
    const { object } = item;
    const known = unsaved.get(object.metadata.uid);
    if (known) return save(item, object, known);
    if (!isUntold(object)) return;
    const untold = [...items.values()]
      .filter(isRun)
      .filter((run) => isUntold(run.object) && run.notBefore <= Date.now());
    untold.sort((a, b) => happened(b) - happened(a));
    const old = untold.filter((run, index) => index >= BACKLOG || Date.now() - happened(run) > OLD_MS);
    if (old.length > 1) return tellBacklog(old);
    const taskRuns = isFailure(runResult(object)) ? await cluster.taskRuns(object) : [];
    const event = runEvent(object, taskRuns, addresses);
    await tell(item, object, event, { ended: event.result });
  }

  async function tellBacklog(old: (Item & { object: PipelineRun })[]) {
    const claimed: { item: Item; object: PipelineRun }[] = [];
    for (const item of old) {
      const object = await claim(item, item.object);
      if (object) claimed.push({ item, object: object as PipelineRun });
    }
    if (claimed.length === 0) return;
    const sent = await send(backlogOf(claimed.map(({ object }) => object)), `${claimed.length} runs`);
    for (const { item, object } of claimed) await settle(item, object, sent, { ended: runResult(object) });
  }

  async function tellApplication(item: Item) {
    const application = item.object as Application;
    const { uid } = application.metadata;
    const known = unsaved.get(uid);
    if (known) return save(item, application, known).then(() => later(item, 0));
    const state = stateOf(application);
    if (settled.get(uid) === state) return;
    const place = deploymentOf(application);
    const deployment = place && (await cluster.deployment(place.namespace, place.name));
    const verdict = judge(application, deployment, withoutClaim(recall(application)), addresses, Date.now());
    switch (verdict.verdict) {
      case 'nothing':
        settled.set(uid, state);
        return;
      case 'wait':
        return later(item, verdict.ms);
      case 'remember':
        return save(item, application, verdict.memory);
      case 'tell':
        if (isRunStillToTell(verdict.event)) return later(item, 500);
        return tell(item, application, verdict.event, verdict.memory);
    }
  }

  /** A run writes the release before it ends, and Argo CD may be faster than its last pod: keep the story in order. */
  function isRunStillToTell(event: ApplicationChanged): boolean {
    if (event.result !== 'deployed' || Date.now() - event.at.getTime() > RUN_FIRST_MS) return false;
    for (const item of items.values()) {
      if (!isRun(item)) continue;
      const { labels = {} } = item.object.metadata;
      const same =
        labels['tickets.example/service'] === event.service && labels['tickets.example/commit'] === event.commit?.sha;
      if (same && memoryOf(item.object).ended === undefined) return true;
    }
    return false;
  }

  async function tell(item: Item, object: Watched, event: Event, memory: Memory) {
    const claimed = await claim(item, object);
    if (claimed) await settle(item, claimed, await send(event, keyOf(item.kind, object)), memory);
  }

  /**
   * Announces that this notifier is about to tell what it judged of `object`, which must still be as it was: the answer is the
   * object with the claim on it. Undefined when another notifier is at it, or the object has changed and is to be judged again.
   */
  async function claim(item: Item, object: Watched): Promise<Watched | undefined> {
    const memory = recall(object);
    const wait = claimedFor(memory, name, Date.now());
    if (wait > 0) {
      later(item, wait);
      return undefined;
    }
    const until = new Date(Date.now() + claimMs).toISOString();
    const written = await cluster.annotate(item.kind, object, remember({ ...memory, claim: { by: name, until } }));
    if (written === 'gone') return undefined;
    if (written !== 'conflict') {
      advance(item, object, written);
      return written;
    }
    const fresh = await cluster.get(item.kind, object.metadata.name);
    if (fresh) see(item.kind, fresh);
    return undefined;
  }

  /** Undefined when sent, or refused for good; else the milliseconds to wait. */
  async function send(event: Event, about: string): Promise<number | undefined> {
    const outcome = await channel.send(event);
    const what = { about, event: event.kind === 'backlog' ? 'backlog' : event.result };
    if (outcome.outcome === 'sent') log('info', 'told', what);
    else if (outcome.outcome === 'refused')
      log('error', 'the channel refused the message, which is dropped', { ...what, reason: outcome.reason });
    return outcome.outcome === 'later' ? outcome.afterMs : undefined;
  }

  /** After `send`: marks the object as told, or gives the claim back. */
  async function settle(item: Item, object: Watched, waitMs: number | undefined, memory: Memory) {
    if (waitMs !== undefined) {
      await save(item, object, withoutClaim(recall(object))).catch(() => {});
      return holdOff(item, waitMs);
    }
    unsaved.set(object.metadata.uid, memory);
    await save(item, object, memory).catch((error) => {
      log('warn', 'told, but not yet marked', { object: keyOf(item.kind, object), reason: reasonOf(error) });
      later(item, 1000);
    });
  }

  /** Writes the memory, whatever else changed on the object meanwhile: only the claim's holder comes here. */
  async function save(item: Item, object: Watched, memory: Memory) {
    let current = object;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const written = await cluster.annotate(item.kind, current, remember(memory));
      const fresh = written === 'conflict' ? await cluster.get(item.kind, object.metadata.name) : written;
      const isGone = fresh === undefined || fresh === 'gone' || fresh.metadata.uid !== object.metadata.uid;
      if (isGone || written !== 'conflict') {
        unsaved.delete(object.metadata.uid);
        if (!isGone) advance(item, current, fresh);
        return;
      }
      current = fresh;
    }
    throw new Error('the object changes faster than it can be marked');
  }

  let running = Promise.resolve();
  return {
    see,
    forget,
    /** Nothing is told before. */
    begin() {
      if (!stopping) running = run();
    },
    /** Milliseconds since the loop last turned; a message within its bound takes up to `claimMs`. */
    silentFor: () => Date.now() - beat,
    /** Finishes the message at hand; what is not begun waits on its object for the next notifier. */
    async stop() {
      stopping = true;
      wake();
      await running;
    },
  };
}

/** What can be watched; a cluster where no pipelines run knows no PipelineRun. */
export const kinds = { pipelineruns: PIPELINE_RUNS, applications: APPLICATIONS };
export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds);
export const isKindName = (name: string): name is KindName => Object.hasOwn(kinds, name);

const isFailure = (result: RunResult) =>
  result === 'failed' || result === 'timed out' || result === 'cancelled' || result === 'rejected';

function backlogOf(runs: PipelineRun[]): Backlog {
  const counts = new Map<string, [service: string, result: RunResult, count: number]>();
  for (const run of runs) {
    const service = run.metadata.labels?.['tickets.example/service'] ?? '';
    const result = runResult(run);
    const row = counts.get(`${service}/${result}`) ?? [service, result, 0];
    row[2] += 1;
    counts.set(`${service}/${result}`, row);
  }
  const rows = [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  const times = runs.map((run) => endedAt(run).getTime());
  return { kind: 'backlog', counts: rows, from: new Date(Math.min(...times)), to: new Date(Math.max(...times)) };
}
