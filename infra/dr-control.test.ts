import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { forbidden } from '../dr/config.ts';
import { rehearsal, rule } from '../dr/detection.ts';
import type { Variable } from '../dr/variables.ts';
import { failoverArmed } from '../overlays/landing.ts';
import { failoverRules } from '../overlays/names.ts';
import { type Json, readStacks } from './rules/stacks.ts';

const { resource } = readStacks(dirname(import.meta.dirname))['dr-control'];
const acting = Object.values<Json>(resource.aws_lambda_function)
  .map(({ function_name: name, environment }) => ({ name, values: environment.variables }))
  .filter(({ values }) => 'DR_MODES' in values);

test('until the failover is armed people rehearse it for real, and after that nobody does', () => {
  expect(acting.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['aurora-promote-tokyo', 'dr-failover-lock', 'eks-scale-dr', 'ga-switch-endpoint']),
  );
  for (const { name, values } of acting) {
    const config = (variable: Variable) => values[variable] ?? '';
    const allowed = (['live', 'rehearsal', 'dry-run'] as const).filter((mode) => forbidden(mode, config).length === 0);
    expect([name, allowed]).toEqual([name, [failoverArmed ? 'live' : 'rehearsal', 'dry-run']]);
  }
  const rules = Object.values<Json>(resource.aws_cloudwatch_event_rule).map(({ name }) => name);
  expect(rules.sort()).toEqual([rule.name, failoverRules.operator, ...(failoverArmed ? [] : [rehearsal.name])].sort());
});

test('each end of an execution that needs a person notifies the topic of the failover', () => {
  const alarms = Object.values<Json>(resource.aws_cloudwatch_metric_alarm).filter(
    ({ namespace }) => namespace === 'AWS/States',
  );
  const [machine] = Object.values<Json>(resource.aws_sfn_state_machine);
  expect(alarms.map(({ metric_name: metric }) => metric).sort()).toEqual(
    ['ExecutionsAborted', 'ExecutionsFailed', 'ExecutionsTimedOut'].sort(),
  );
  for (const { dimensions, alarm_actions: actions } of alarms) {
    expect(dimensions.StateMachineArn).toMatch(
      new RegExp(`^arn:aws:states:ap-northeast-1:\\d{12}:stateMachine:${machine.name}$`),
    );
    expect(actions).toEqual([expect.stringMatching(/aws_sns_topic\.topic\.arn/)]);
  }
});
