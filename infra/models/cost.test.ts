import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { dayCost, exampleDay, examplePod, fits, nodesFor } from './cost.ts';
import { prices, pricesOf } from './prices.ts';

test('as many pods fit as cores and memory allow, less what the node keeps', () => {
  const m5 = prices['m5.xlarge'] as (typeof prices)[string];
  expect(fits(m5, { millicores: 500, mebibytes: 1024 })).toBe(7);
  expect(fits(m5, { millicores: 100, mebibytes: 8 * 1024 })).toBe(1);
  expect(fits(m5, { millicores: 5000, mebibytes: 1 })).toBe(0);
});

test('the nodes of an hour hold all pods, and no single type would be cheaper', () => {
  for (const capacity of ['onDemand', 'spot'] as const)
    for (const pods of [1, 7, 26, 120]) {
      const { types, dollars } = nodesFor(pods, examplePod, capacity);
      const held = types.reduce((sum, type) => sum + fits(prices[type] as never, examplePod), 0);
      expect(held).toBeGreaterThanOrEqual(pods);
      for (const one of Object.values(prices)) {
        const each = fits(one, examplePod);
        if (each > 0) expect(dollars).toBeLessThanOrEqual(Math.ceil(pods / each) * one[capacity] * 1.0001);
      }
    }
  expect(() => nodesFor(1, { millicores: 99_000, mebibytes: 1 }, 'spot')).toThrow('no instance type holds such a pod');
});

test('S7: the page says what the example day costs on demand and on spot by the prices of that day', () => {
  const [onDemand, spot] = [dayCost(exampleDay, examplePod, 'onDemand'), dayCost(exampleDay, examplePod, 'spot')];
  const page = readFileSync(join(dirname(dirname(import.meta.dirname)), 'docs/scaling.md'), 'utf8');
  expect(page).toContain(`| on demand | $${onDemand.toFixed(2)} |`);
  expect(page).toContain(`| on spot | $${spot.toFixed(2)} |`);
  expect(page).toContain(`${Math.round((1 - spot / onDemand) * 100)} % less`);
  expect(page).toContain(pricesOf.day);
  expect(page).toContain(pricesOf.module.split('@')[0]);
});
