import { expect, test } from '@jest/globals';
import { backlogEvent, backlogOf } from './backlog.ts';
import { kinds } from './cluster.ts';
import { enqueue, newQueue, type RunItem } from './queue.ts';
import { at, runs } from './testing/objects.ts';

const day = 24 * 3600;
/** Runs that ended so many seconds after the start. */
function pending(...ends: number[]): RunItem[] {
  const queue = newQueue();
  ends.forEach((end, index) => {
    const sha = String(index).padStart(12, '0').padEnd(40, '0');
    enqueue(queue, kinds.pipelineruns, runs.released('released', { sha, end: at(end) }));
  });
  return [...queue.items.values()] as RunItem[];
}
const ends = (items: RunItem[]) => items.map(({ object }) => object.status?.completionTime);
const now = (seconds: number) => Date.parse(at(seconds));

test('twenty runs get a message each, of more the oldest share one', () => {
  const times = Array.from({ length: 23 }, (_, index) => index * 60);
  expect(backlogOf(pending(...times.slice(0, 20)), now(3600))).toEqual([]);
  expect(ends(backlogOf(pending(...times), now(3600)))).toEqual([at(120), at(60), at(0)]);
});

test('runs that ended over a day ago share one message', () => {
  expect(ends(backlogOf(pending(0, 60, day), now(day + 30)))).toEqual([at(0)]);
  expect(backlogOf(pending(0), now(day))).toEqual([]);
});

test('a backlog counts results by service, and says from when to when', () => {
  const event = backlogEvent([
    runs.released('released', { service: 'ticket', end: at(300) }),
    runs.failed({ service: 'ticket', end: at(100) }),
    runs.released('released', { service: 'booking', end: at(200) }),
    runs.released('released', { service: 'ticket', end: at(400) }),
  ]);
  expect(event).toEqual({
    kind: 'backlog',
    counts: [
      ['booking', 'released', 1],
      ['ticket', 'failed', 1],
      ['ticket', 'released', 2],
    ],
    from: new Date(at(100)),
    to: new Date(at(400)),
  });
});
