import { expect, test } from '@jest/globals';
import type { Outcome } from '../alerts/channels/channel.ts';
import { label } from '../lib/kube/labels.ts';
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

test.each([
  ['that timed out failed', () => runs.timedOut(), 1],
  ['that somebody cancelled did not', () => runs.cancelled(), 0],
])('a run %s', async (_, run, failed) => {
  const metrics = newMetrics(
    async () => [],
    () => {},
  );
  await metrics.observe(run() as PipelineRun);
  // Where none of its Tasks failed, the run did.
  expect(metrics.text()).toContain(`pipeline_last_run_failed{service="ticket",gate="none"} ${failed}`);
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

test('everything that Prometheus reads, by service and channel', async () => {
  const metrics = newMetrics(
    async () => [taskRuns.stepFailed()] as TaskRun[],
    () => {},
  );
  const observe = (run: unknown) => metrics.observe(run as PipelineRun);
  // The later service first, and one whose start is not known.
  await observe(runs.failed({ service: 'ticket', end: at(41) }));
  const { metadata, status } = runs.rejected();
  await observe({
    metadata: { ...metadata, labels: { [label.service]: 'live' } },
    status: { ...status, startTime: undefined, completionTime: at(9) },
  });
  await observe(runs.released('released', { service: 'booking', end: at(92) }));
  // Neither what runs yet nor what is of no service.
  await observe(runs.running({ service: 'other' }));
  const platforms = runs.released();
  await observe({ ...platforms, metadata: { ...platforms.metadata, labels: {} } });
  const channel = metrics.counted({
    name: 'b"\\\n',
    longestSendMs: 1,
    send: async () => Promise.reject(new Error('gone')),
  });
  metrics.counted({ ...channel, name: 'a' });
  await expect(channel.send({} as never)).rejects.toThrow('gone');
  const end = (seconds: number) => Date.parse(at(seconds)) / 1000;
  expect(
    metrics.text(),
  ).toBe(`# HELP pipeline_last_run_failed Whether the last run of a service failed, and at which gate.
# TYPE pipeline_last_run_failed gauge
pipeline_last_run_failed{service="booking",gate="none"} 0
pipeline_last_run_failed{service="live",gate="unit-test"} 1
pipeline_last_run_failed{service="ticket",gate="unit-test"} 1
# HELP pipeline_last_run_seconds How long it took.
# TYPE pipeline_last_run_seconds gauge
pipeline_last_run_seconds{service="booking"} 92
pipeline_last_run_seconds{service="ticket"} 41
# HELP pipeline_last_run_end_seconds When it ended.
# TYPE pipeline_last_run_end_seconds gauge
pipeline_last_run_end_seconds{service="booking"} ${end(92)}
pipeline_last_run_end_seconds{service="live"} ${end(9)}
pipeline_last_run_end_seconds{service="ticket"} ${end(41)}
# HELP notifier_messages_total Messages by channel and outcome.
# TYPE notifier_messages_total counter
notifier_messages_total{channel="a",outcome="later"} 0
notifier_messages_total{channel="a",outcome="refused"} 0
notifier_messages_total{channel="a",outcome="sent"} 0
notifier_messages_total{channel="b\\"\\\\\\n",outcome="failed"} 1
notifier_messages_total{channel="b\\"\\\\\\n",outcome="later"} 0
notifier_messages_total{channel="b\\"\\\\\\n",outcome="refused"} 0
notifier_messages_total{channel="b\\"\\\\\\n",outcome="sent"} 0
`);
});
