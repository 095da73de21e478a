import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { budget, budgetOf } from './budget.ts';
import { detectionSeconds } from './invariants.testing.ts';
import { waitSeconds } from './machine-act.ts';
import { size } from './matrix.testing.ts';
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

test('docs/failover.md has the budget as it is', () => {
  const text = readFileSync('docs/failover.md', 'utf8');
  for (const { step, seconds, services, source } of budget)
    expect(text).toContain(`| ${step} | ${seconds} | ${services ? seconds : '–'} | ${source} |`);
  expect(text).toContain(
    `| **sum** | **${budgetOf('db-failure').seconds}** | **${budgetOf('svc-failure').seconds}** | |`,
  );
  expect(text).toContain(`over ${size.toLocaleString('en-US')} combinations`);
});
