import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

/** What acts on the platform, in place of the real: a command that does not ask for the lock calls it, and nothing happens. */
const act = jest.fn(async () => {
  throw new Error('it acts beside the other');
});
const fails = (...names: string[]) => Object.fromEntries(names.map((name) => [name, act]));
const held = 'scripts/up is running (process 7): wait until it has ended, or end it';
jest.unstable_mockModule('../local/machine/lock.ts', () => ({
  alone: async () => {
    const { UserError } = await import('../lib/errors.ts');
    throw new UserError(held);
  },
}));
jest.unstable_mockModule('../local/status/checkout.ts', () => ({ refuseOther: act, otherCheckout: () => undefined }));
jest.unstable_mockModule('../local/drill/drill.ts', () => fails('drill'));
jest.unstable_mockModule('../local/drill/failback.ts', () => ({
  ...fails('failBack', 'missing', 'refuse', 'stillLeft'),
  steps: [],
}));
jest.unstable_mockModule('../local/machine/network.ts', () => fails('setLink'));
jest.unstable_mockModule('../local/region/region.ts', () => fails('regionIsUp'));
jest.unstable_mockModule('../local/stores/take-over.ts', () => fails('rejoin'));
jest.unstable_mockModule('../local/up.ts', () => fails('up'));
jest.unstable_mockModule('../local/phases.ts', () => ({ partNames: ['sonarqube', 'stores', 'monitoring'] }));
jest.unstable_mockModule('../local/down.ts', () => fails('down'));

const [argv, output] = [process.argv, jest.spyOn(console, 'error')];
beforeEach(() => {
  jest.resetModules();
  output.mockReset().mockImplementation(() => undefined);
});
afterEach(() => {
  process.argv = argv;
  process.exitCode = 0;
});

test.each([
  ['up'],
  ['down', '--purge'],
  ['drill', 'db-failure'],
  ['failback', 'plan'],
  ['failback', 'execute', '--confirm'],
  ['region', 'seoul', 'off'],
  ['region', 'seoul', 'on'],
])('scripts/%s %s does nothing while another command runs, and names it', async (name, ...given) => {
  process.argv = ['node', `${name}.ts`, ...given];
  await import(`./${name}.ts`);
  expect(output.mock.calls).toEqual([[held]]);
  expect(process.exitCode).toBe(1);
  expect(act).not.toHaveBeenCalled();
});
