import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, jest, test } from '@jest/globals';
import { check, newProof, run } from './proof.ts';

let output: string[];
beforeEach(() => {
  output = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void output.push(line));
});

test('a program that passes and one that fails are counted', async () => {
  const proof = newProof();
  await check(proof, 'good', 'true', []);
  await check(proof, 'bad', 'sh', ['-c', 'exit 3']);
  expect(proof).toMatchObject({ passed: 1, failed: ['bad'] });
  expect(output.at(-1)).toMatch(/^== bad: failed \(exit status 3\) in \d+ s$/);
});

test('what runs beside another program shows its output whole, at its end, and yields the processor', async () => {
  const shown: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => shown.push(`${text}`) > 0);
  expect(await run('story', 'sh', ['-c', 'sleep 0.3; echo one; sleep 0.1; nice'], { beside: true })).toBe(true);
  write.mockRestore();
  expect(shown).toEqual([expect.stringMatching(/^\n== story\none\n1\d\n$/)]);
});

test('a program has ended though what it started goes on, and holds its output open', async () => {
  const shown: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => shown.push(`${text}`) > 0);
  expect(await run('story', 'sh', ['-c', 'sleep 50 & echo $!'], { beside: true })).toBe(true);
  write.mockRestore();
  const left = Number(shown.join('').split('\n')[2]);
  expect(process.kill(left, 'SIGKILL')).toBe(true);
});

test('stopped, the program that runs is ended, and no other is started', async () => {
  const stop = new AbortController();
  const proof = newProof(stop.signal);
  const running = check(proof, 'long', 'sleep', ['3600']);
  await sleep(100);
  stop.abort();
  await running;
  expect(output.at(-1)).toMatch(/^== long: failed \(SIGTERM\)/);
  await check(proof, 'next', 'true', []);
  expect(proof).toMatchObject({ passed: 0, failed: ['long', 'next'] });
  expect(output.join()).not.toContain('next');
});

test('a signal ends the program that runs, and not its runner alone', async () => {
  const proof = JSON.stringify(new URL('proof.ts', import.meta.url).href);
  const runner = `import { check, newProof, untilSignal } from ${proof};
await check(newProof(untilSignal()), 'long', 'sh', ['-c', 'echo pid $$; exec sleep 50']);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', runner], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let pid = 0;
  for await (const line of createInterface(child.stdout)) {
    pid = Number(/^pid (\d+)$/.exec(line)?.[1] ?? 0);
    if (pid > 0) break;
  }
  expect(pid).toBeGreaterThan(0);
  child.kill();
  await once(child, 'exit');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
}, 30_000);
