import { expect, test } from '@jest/globals';
import { budget, budgetOf } from './budget.ts';
import { detectionSeconds } from './invariants.testing.ts';
import { waitSeconds } from './machine.ts';
import { branches } from './types.ts';

test.each(branches)('%s fits its recovery time objective with a margin', (branch) => {
  const { seconds, objective } = budgetOf(branch);
  expect(objective).toBe(branch === 'svc-failure' ? 120 : 300);
  expect(seconds).toBeLessThanOrEqual(objective - 10);
});

test('the planned wait is between 90 and 120 s', () => {
  expect(waitSeconds).toBeGreaterThanOrEqual(90);
  expect(waitSeconds).toBeLessThanOrEqual(120);
  expect(budget.find(({ step }) => step === 'stabilise')?.seconds).toBe(waitSeconds);
});

test('the proofs count the detection that the budget plans', () => {
  expect(budget.find(({ step }) => step === 'detect')?.seconds).toBe(detectionSeconds);
});
