import { expect, test } from '@jest/globals';
import { sleep } from './machine/process.ts';
import { type Phase, phase, runPhases } from './phases.ts';

const wanted = { sonarqube: true, stores: true, monitoring: true, slackUrl: 'http://slack.test' };
const silent = { print: () => undefined, draw: () => undefined };

/** Makes phases that note when they begin and end. */
function notebook() {
  const events: string[] = [];
  const noted = (
    name: string,
    { ms = 5, fails, ...more }: Partial<Omit<Phase, 'run'>> & { ms?: number; fails?: boolean } = {},
  ) =>
    phase({
      name,
      ...more,
      run: async () => {
        events.push(`${name} began`);
        await sleep(ms);
        if (fails) throw new Error('on purpose');
        events.push(`${name} ended`);
      },
    });
  return { events, noted };
}
const failureOf = (phases: Phase[]) =>
  runPhases(phases, wanted, silent).then(
    () => undefined,
    (error: Error) => [error.message, (error.cause as Error | undefined)?.message],
  );

test('a phase begins when what it needs has ended, and not before', async () => {
  const { events, noted } = notebook();
  const a = noted('a', { ms: 20 });
  await runPhases([a, noted('b'), noted('c', { needs: { a } })], wanted, silent);
  expect(events.indexOf('c began')).toBeGreaterThan(events.indexOf('a ended'));
  expect(events.indexOf('b ended')).toBeLessThan(events.indexOf('a ended'));
});

test('a phase gets the results of what it needs by name, and what was asked for', async () => {
  const seen: unknown[] = [];
  const registry = phase({ name: 'registry', run: async () => ({ port: 5000 }) });
  const image = phase({ name: 'image', needs: { registry }, run: async ({ registry }) => `:${registry.port}/image` });
  const install = phase({
    name: 'install',
    needs: { image },
    run: async ({ image }, asked) => seen.push(image, asked),
  });
  await runPhases([registry, image, install], wanted, silent);
  expect(seen).toEqual([':5000/image', wanted]);
});

test('phases of one lane run one at a time, also after one of them failed', async () => {
  const { events, noted } = notebook();
  const failure = await failureOf([
    noted('a', { lane: 'compile', ms: 10 }),
    noted('b', { lane: 'compile', fails: true }),
    noted('c', { lane: 'compile' }),
    noted('d'),
  ]);
  expect(events.filter((event) => !event.startsWith('d'))).toEqual([
    'a began',
    'a ended',
    'b began',
    'c began',
    'c ended',
  ]);
  expect(events.indexOf('d began')).toBeLessThan(events.indexOf('a ended'));
  expect(failure).toEqual(['b', 'on purpose']);
});

test('what needs a failed phase does not begin, everything else does', async () => {
  const { events, noted } = notebook();
  const a = noted('a', { fails: true });
  const failure = await failureOf([a, noted('b', { needs: { a } }), noted('c', { ms: 20 })]);
  expect(events).toEqual(['a began', 'c began', 'c ended']);
  expect(failure).toEqual(['a', 'on purpose']);
});

test('a phase that needs what does not stand before it is refused', async () => {
  const { events, noted } = notebook();
  const b = noted('b');
  const a = noted('a', { needs: { b } });
  expect(await failureOf([a, b])).toEqual([expect.stringContaining('phase a: needs b'), undefined]);
  expect(await failureOf([a])).toEqual([expect.stringContaining('phase a: needs b'), undefined]);
  expect(events).toEqual([]);
});

test('a part that is not wanted does not run, and nobody waits for it', async () => {
  const ran: string[] = [];
  const named = (name: string, part?: 'monitoring') => phase({ name, part, run: async () => void ran.push(name) });
  const [left, other] = [named('left out', 'monitoring'), named('other')];
  const last = phase({ name: 'last', needs: { left, other }, run: async () => void ran.push('last') });
  const quiet = { print: () => {}, draw: () => {} };
  await runPhases([left, other, last], { ...wanted, monitoring: false }, quiet);
  expect(ran).toEqual(['other', 'last']);
  await runPhases([left, other, last], wanted, quiet);
  expect(ran).toEqual(['other', 'last', 'left out', 'other', 'last']);
});
