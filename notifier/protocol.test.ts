import { beforeEach, expect, test } from '@jest/globals';
import { notifiedAnnotation } from '../lib/kube/notified.ts';
import { kinds, type Watched } from './cluster.ts';
import { annotationText, readState, type State } from './notified.ts';
import { claim, complete, type Marker, save } from './protocol.ts';
import { enqueue, type Item, newQueue, take } from './queue.ts';
import { runs } from './testing/objects.ts';

const kind = kinds.pipelineruns;
const claimMs = 60_000;
let stored: Watched | undefined;
let writes: string[];
/** Runs before a write: what another writer does at the worst moment. */
let beforeWrite: () => void;

const cluster: Marker['cluster'] = {
  get: async () => stored,
  async annotate(_, object, text) {
    beforeWrite();
    if (!stored) return 'gone';
    if (stored.metadata.resourceVersion !== object.metadata.resourceVersion) return 'conflict';
    writes.push(text);
    stored = changed(stored, { [notifiedAnnotation]: text });
    return stored;
  },
};
function changed(object: Watched, annotations: Record<string, string>): Watched {
  const { metadata } = object;
  const resourceVersion = String(Number(metadata.resourceVersion) + 1);
  return {
    ...object,
    metadata: { ...metadata, resourceVersion, annotations: { ...metadata.annotations, ...annotations } },
  };
}
const withState = (state: State, channel = 'slack') => {
  stored = changed(stored as Watched, { [notifiedAnnotation]: annotationText(stored as Watched, channel, state) });
};
const state = () => readState(stored ?? {}, 'slack');

let marker: Marker;
function taken(): Item {
  enqueue(marker.queue, kind, stored as Watched);
  return take(marker.queue, Date.now()).item as Item;
}
const isDue = () => take(marker.queue, Date.now()).item !== undefined;

beforeEach(() => {
  stored = runs.released();
  writes = [];
  beforeWrite = () => {};
  marker = { cluster, queue: newQueue(), log: () => {}, channel: { name: 'slack' }, name: 'me', claimMs };
});

test('a claim is on the object before anything is sent, with what was notified before', async () => {
  withState({ release: 'r' });
  const item = taken();
  const claimed = await claim(marker, item, item.object);
  expect(claimed).toBe(stored);
  const { release, claim: made } = state();
  expect([release, made?.by]).toEqual(['r', 'me']);
  expect(Date.parse(made?.until ?? '') - Date.now()).toBeGreaterThan(claimMs - 5000);
  // The next look starts from it, also before the watch brings it.
  expect(item.object).toBe(claimed);
});

test('the claim of another notifier is respected until it lapses', async () => {
  withState({ claim: { by: 'other', until: new Date(Date.now() + 30_000).toISOString() } });
  const item = taken();
  expect(await claim(marker, item, item.object)).toBeUndefined();
  expect(writes).toEqual([]);
  expect(isDue()).toBe(false);
  expect(take(marker.queue, Date.now() + 31_000).item).toBe(item);
});

test('an object that changed since it was read is not claimed but looked at again', async () => {
  const item = taken();
  const before = item.object;
  stored = changed(stored as Watched, { x: 'y' });
  expect(await claim(marker, item, before)).toBeUndefined();
  expect(writes).toEqual([]);
  expect(isDue()).toBe(true);
  expect(item.object).toBe(stored);
});

test('an object that is gone is neither claimed nor kept', async () => {
  const item = taken();
  stored = undefined;
  expect(await claim(marker, item, item.object)).toBeUndefined();
  expect(marker.queue.items.size).toBe(0);
});

test('what was sent is recorded, in place of the claim, whoever writes meanwhile', async () => {
  const item = taken();
  const claimed = (await claim(marker, item, item.object)) as Watched;
  let others = 3;
  beforeWrite = () => {
    if (others-- > 0) withState({ ended: 'released' }, `channel-${others}`);
  };
  await complete(marker, item, claimed, { ended: 'released' });
  expect(state()).toEqual({ ended: 'released' });
  // Nothing of the other channels' is lost.
  for (const channel of ['channel-0', 'channel-1', 'channel-2'])
    expect(readState(stored ?? {}, channel)).toEqual({ ended: 'released' });
  expect(item.unsaved).toBeUndefined();
  expect(isDue()).toBe(false);
});

test('the next look starts from what was recorded, also before the watch brings it', async () => {
  const item = taken();
  await save(marker, item, item.object, { ended: 'released' });
  expect(item.object).toBe(stored);
});

test('what was sent but cannot be recorded is known here, and recorded later', async () => {
  const item = taken();
  const claimed = (await claim(marker, item, item.object)) as Watched;
  beforeWrite = () => {
    throw new Error('500');
  };
  await complete(marker, item, claimed, { ended: 'released' });
  expect(item.unsaved).toEqual({ ended: 'released' });
  expect(take(marker.queue, Date.now() + 1001).item).toBe(item);
});

test('a message that was not sent gives its claim back, and waits', async () => {
  withState({ release: 'r' });
  const item = taken();
  const claimed = (await claim(marker, item, item.object)) as Watched;
  await complete(marker, item, claimed, { release: 'next' }, 9000);
  expect(state()).toEqual({ release: 'r' });
  expect(item.unsaved).toBeUndefined();
  expect(take(marker.queue, Date.now() + 8000).item).toBeUndefined();
  expect(take(marker.queue, Date.now() + 9001).item).toBe(item);
});

const another = (object: Watched) => ({ ...object, metadata: { ...changed(object, {}).metadata, uid: 'another' } });
test.each<[string, (object: Watched) => void]>([
  [
    'is another one of the same name',
    (object) => {
      stored = another(object);
    },
  ],
  [
    'is gone',
    () => {
      stored = undefined;
    },
  ],
  [
    'goes between two tries',
    (object) => {
      stored = changed(object, {});
      marker.cluster = { ...cluster, get: async () => undefined };
    },
  ],
])('an object that %s has nothing to record any more', async (_, end) => {
  const item = taken();
  const before = item.object;
  item.unsaved = { ended: 'released' };
  end(before);
  await save(marker, item, before, { ended: 'released' });
  expect(writes).toEqual([]);
  expect(item.unsaved).toBeUndefined();
  expect(item.object).toBe(before);
});

test('an object that changes without end is given up for now', async () => {
  const item = taken();
  const before = item.object;
  beforeWrite = () => {
    stored = changed(stored as Watched, {});
  };
  await expect(save(marker, item, before, { ended: 'released' })).rejects.toThrow('changes faster');
});
