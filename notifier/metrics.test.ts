import { expect, test } from '@jest/globals';
import type { Outcome } from '../alerts/channels/channel.ts';
import type { PipelineRun, TaskRun } from '../lib/kube/objects.ts';
import { newMetrics } from './metrics.ts';
import { at, runs, taskRuns } from './testing/objects.ts';

const valuesOf = (text: string) => text.split('\n').filter((line) => line && !line.startsWith('#'));

test('the last run of a service decides, in whatever order they are seen', async () => {
  const failed = runs.failed({ end: at(500) }) as PipelineRun;
  const metrics = newMetrics(
    async () => [taskRuns.stepFailed()] as TaskRun[],
    () => {},
  );
  await metrics.observe(failed);
  await metrics.observe(runs.released('released', { end: at(100) }) as PipelineRun);
  const now = valuesOf(metrics.text());
  expect(now.filter((line) => line.startsWith('pipeline_last_run_failed'))).toEqual([
    'pipeline_last_run_failed{service="ticket",gate="unit-test"} 1',
  ]);
  await metrics.observe(runs.released('superseded', { end: at(900) }) as PipelineRun);
  expect(valuesOf(metrics.text())).toContain('pipeline_last_run_failed{service="ticket",gate="none"} 0');
  expect(metrics.text()).toContain('pipeline_last_run_end_seconds{service="ticket"} ');
});

test('a run whose Tasks cannot be read failed at an unknown gate', async () => {
  const metrics = newMetrics(
    async () => Promise.reject(new Error('gone')),
    () => {},
  );
  await metrics.observe(runs.failed({ end: at(500) }) as PipelineRun);
  expect(metrics.text()).toContain('pipeline_last_run_failed{service="ticket",gate="unknown"} 1');
});

test('messages are counted from 0, and sent one at a time', async () => {
  const metrics = newMetrics(
    async () => [],
    () => {},
  );
  let under = 0;
  let most = 0;
  const outcomes: Outcome[] = [{ outcome: 'sent' }, { outcome: 'refused', reason: 'x' }];
  const channel = metrics.counted({
    name: 'slack',
    longestSendMs: 1,
    send: async () => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, 5));
      under -= 1;
      return outcomes.shift() ?? { outcome: 'sent' };
    },
  });
  expect(metrics.text()).toContain('notifier_messages_total{channel="slack",outcome="later"} 0');
  await Promise.all([channel.send({} as never), channel.send({} as never), channel.send({} as never)]);
  expect(most).toBe(1);
  expect(metrics.text()).toContain('notifier_messages_total{channel="slack",outcome="sent"} 2');
  expect(metrics.text()).toContain('notifier_messages_total{channel="slack",outcome="refused"} 1');
});
