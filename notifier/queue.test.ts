import { expect, test } from '@jest/globals';
import { kinds, type Watched } from './cluster.ts';
import { advance, backOff, enqueue, type Item, idle, newQueue, remove, requeueAfter, take } from './queue.ts';
import { applications, at, runs } from './testing/objects.ts';

const { pipelineruns, applications: apps } = kinds;
const run = (sha: string, end: number, resourceVersion = '1', uid = `uid-${sha}`): Watched => {
  const made = runs.released('released', { sha: sha.repeat(40), end: at(end) });
  return { ...made, metadata: { ...made.metadata, resourceVersion, uid } };
};
const app = () => applications.live({ end: at(50) });
const now = () => Date.now();
const taken = (item: Item | undefined) => item?.object.metadata.name;
const nameOf = (object: Watched) => object.metadata.name;

test('the oldest news is taken first, of whatever kind, and each once', () => {
  const queue = newQueue();
  const [late, early] = [run('a', 90), run('b', 10)];
  enqueue(queue, pipelineruns, late);
  enqueue(queue, pipelineruns, early);
  enqueue(queue, apps, app());
  const order = [1, 2, 3, 4].map(() => taken(take(queue, now()).item));
  expect(order).toEqual([nameOf(early), nameOf(app()), nameOf(late), undefined]);
});

test('a change while an item is out makes it due again, with the new object', () => {
  const queue = newQueue();
  enqueue(queue, pipelineruns, run('a', 1));
  const { item } = take(queue, now());
  enqueue(queue, pipelineruns, run('a', 2, '2'));
  expect(take(queue, now()).item).toBe(item);
  expect(item?.object.metadata.resourceVersion).toBe('2');
});

test('the echo of an own write is not news, the next change is', () => {
  const queue = newQueue();
  enqueue(queue, pipelineruns, run('a', 1));
  const { item } = take(queue, now()) as { item: Item };
  advance(item, item.object, run('a', 1, '2'));
  expect(item.object.metadata.resourceVersion).toBe('2');
  enqueue(queue, pipelineruns, run('a', 1, '1'));
  expect(take(queue, now()).item).toBeUndefined();
  enqueue(queue, pipelineruns, run('a', 1, '3'));
  expect(take(queue, now()).item).toBe(item);
  expect(item.replaced.size).toBe(0);
  // A version that a foreign write has made is not replaced by an own one.
  advance(item, run('a', 1, '1'), run('a', 1, '2'));
  expect(item.object.metadata.resourceVersion).toBe('3');
});

test('after a failure not even a change makes an item due before its time', () => {
  const queue = newQueue();
  enqueue(queue, pipelineruns, run('a', 1));
  const { item } = take(queue, now()) as { item: Item };
  backOff(item, 5000);
  enqueue(queue, pipelineruns, run('a', 2, '2'));
  const { item: none, waitMs } = take(queue, now());
  expect(none).toBeUndefined();
  expect(waitMs).toBeGreaterThan(4000);
  expect(waitMs).toBeLessThanOrEqual(5000);
  expect(take(queue, now() + 5001).item).toBe(item);
});

test('an item that asks to be looked at again is, at the earliest time it asked for', () => {
  const queue = newQueue();
  enqueue(queue, pipelineruns, run('a', 1));
  const { item } = take(queue, now()) as { item: Item };
  requeueAfter(item, 3000);
  requeueAfter(item, 8000);
  expect(take(queue, now() + 2000).item).toBeUndefined();
  expect(take(queue, now() + 3001).item).toBe(item);
});

test('with nothing due the loop turns every ten seconds', () => {
  expect(take(newQueue(), 0)).toEqual({ waitMs: 10_000 });
});

test('an object recreated under the same name starts afresh, and the end of the old one removes nothing', () => {
  const queue = newQueue();
  const [old, fresh] = [run('a', 1, '1', 'old'), run('a', 2, '5', 'new')];
  enqueue(queue, pipelineruns, old);
  const { item } = take(queue, now()) as { item: Item };
  item.unsaved = { ended: 'released' };
  backOff(item, 60_000);
  enqueue(queue, pipelineruns, fresh);
  remove(queue, pipelineruns, old);
  const { item: next } = take(queue, now());
  expect(next?.object).toBe(fresh);
  expect(next?.unsaved).toBeUndefined();
  remove(queue, pipelineruns, fresh);
  expect(queue.items.size).toBe(0);
});

test('an item is due at its very time', () => {
  const queue = newQueue();
  enqueue(queue, pipelineruns, run('a', 1));
  expect(take(queue, 0)).toMatchObject({ item: {}, waitMs: 0 });
});

test('an idle loop stands still until something is enqueued', async () => {
  const queue = newQueue();
  let woken = false;
  const idling = idle(queue, 3_600_000).then(() => {
    woken = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(woken).toBe(false);
  enqueue(queue, pipelineruns, run('a', 1));
  await idling;
});
