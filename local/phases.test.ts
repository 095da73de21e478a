import { expect, test } from '@jest/globals';
import { sleep } from './machine/process.ts';
import { type Phase, runPhases } from './phases.ts';

/** Runs phases, and gives in which order they began and ended. */
async function story(phases: (Omit<Phase, 'run'> & { ms?: number; fails?: boolean })[]) {
  const events: string[] = [];
  const failure = await runPhases(
    phases.map(({ ms = 5, fails, ...phase }) => ({
      ...phase,
      run: async () => {
        events.push(`${phase.name} began`);
        await sleep(ms);
        if (fails) throw new Error('on purpose');
        events.push(`${phase.name} ended`);
      },
    })),
    () => undefined,
  ).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { events, failure };
}

test('a phase begins when what it needs has ended, and not before', async () => {
  const { events } = await story([{ name: 'a', ms: 20 }, { name: 'b' }, { name: 'c', needs: ['a'] }]);
  expect(events.indexOf('c began')).toBeGreaterThan(events.indexOf('a ended'));
  expect(events.indexOf('b ended')).toBeLessThan(events.indexOf('a ended'));
});

test('phases of one lane run one at a time, also after one of them failed', async () => {
  const { events, failure } = await story([
    { name: 'a', lane: 'go', ms: 10 },
    { name: 'b', lane: 'go', fails: true },
    { name: 'c', lane: 'go' },
    { name: 'd' },
  ]);
  expect(events.filter((event) => !event.startsWith('d'))).toEqual([
    'a began',
    'a ended',
    'b began',
    'c began',
    'c ended',
  ]);
  expect(events.indexOf('d began')).toBeLessThan(events.indexOf('a ended'));
  expect(failure).toBe('b failed');
});

test('what needs a failed phase does not begin, everything else does', async () => {
  const { events, failure } = await story([
    { name: 'a', fails: true },
    { name: 'b', needs: ['a'] },
    { name: 'c', ms: 20 },
  ]);
  expect(events).toEqual(['a began', 'c began', 'c ended']);
  expect(failure).toBe('a failed');
});

test('a phase that needs what does not stand before it is refused', async () => {
  expect((await story([{ name: 'a', needs: ['b'] }, { name: 'b' }])).failure).toContain('phase a needs b');
});
