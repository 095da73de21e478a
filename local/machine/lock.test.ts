import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { alone, holder, inTurn, staysUp } from './lock.ts';

const name = `\0gitops-platform-test-${process.pid}`;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that says `in` once it is alone, and stays so. */
function other(): ChildProcess {
  const program = `import { alone } from './local/machine/lock.ts'; import { setTimeout } from 'node:timers/promises';
    await alone(async () => { console.log('in'); await setTimeout(60_000); }, ${JSON.stringify(name)}).catch((error) => console.log(error.message));`;
  const child = spawn('node_modules/.bin/node', ['--input-type=module-typescript', '-e', program]);
  children.push(child);
  return child;
}
const firstOutput = async (child: ChildProcess) =>
  String((await once(child.stdout as NodeJS.ReadableStream, 'data'))[0]).trim();

test('the second of two is refused with the name of the first, and gets the lock afterwards', async () => {
  await alone(async () => {
    expect(await holder(name)).toContain(`is running (process ${process.pid})`);
    await expect(alone(async () => 'second', name)).rejects.toThrow(
      `is running (process ${process.pid}): wait until it has ended, or end it`,
    );
  }, name);
  expect(await alone(async () => 'second', name)).toBe('second');
  expect(await holder(name)).toBe('');
});

test('the platform stays up while a drill, a failback or a region command runs, and only then', () => {
  const running = (command: string) => `scripts/${command} is running (process 7)`;
  expect(['drill', 'failback', 'region'].map((name) => staysUp(running(name)))).toEqual([true, true, true]);
  expect(['up', 'down', 'e2e'].map((name) => staysUp(running(name)))).toEqual([false, false, false]);
});

test('work that waits for its turn begins when that before it has ended, however that ends', async () => {
  const order: string[] = [];
  const work = (name: string) =>
    inTurn(`test-${process.pid}`, async () => {
      order.push(`${name} begins`);
      await setTimeout(20);
      order.push(`${name} ends`);
      if (name === 'first') throw new Error('broken');
    });
  await Promise.all([expect(work('first')).rejects.toThrow('broken'), work('second')]);
  expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

test('work that fails gives the lock back', async () => {
  await expect(alone(async () => Promise.reject(new Error('broken')), name)).rejects.toThrow('broken');
  expect(await alone(async () => 'mine', name)).toBe('mine');
});

test('of many that start at once exactly one gets the lock, also right after its holder was killed', async () => {
  const first = other();
  expect(await firstOutput(first)).toBe('in');
  first.kill('SIGKILL');
  await once(first, 'exit');
  const words = await Promise.all(Array.from({ length: 4 }, () => firstOutput(other())));
  expect(words.filter((word) => word === 'in')).toHaveLength(1);
  expect(words.filter((word) => /is running \(process \d+\)/.test(word))).toHaveLength(3);
}, 30_000);
