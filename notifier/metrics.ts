/** What GET /metrics shows: how the last run of each service ended, and what became of messages. */
import type { RunResult } from '../alerts/event.ts';
import type { OpenChannel } from '../alerts/webhooks.ts';
import { label } from '../lib/kube/labels.ts';
import { hasEnded, type PipelineRun, type TaskRun } from '../lib/kube/objects.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { endedAt, runEvent, runResult } from './runs.ts';

type LastRun = { end: number; seconds: number | undefined; failed: boolean; gate: string };

const failures: readonly RunResult[] = ['failed', 'timed out', 'rejected'];
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** `taskRuns`: those of a run that failed, which say at which gate. */
export function newMetrics(taskRuns: (run: PipelineRun) => Promise<TaskRun[]>, log: Log) {
  const runs = new Map<string, LastRun>();
  const messages = new Map<string, number>();
  const count = (channel: string, outcome: string, by = 1): void => {
    const series = `channel=${quoted(channel)},outcome=${quoted(outcome)}`;
    messages.set(series, (messages.get(series) ?? 0) + by);
  };

  return {
    /** Of a run as it stands. From the objects alone, so that a restart of this program changes nothing. */
    async observe(run: PipelineRun): Promise<void> {
      const service = run.metadata.labels?.[label.service];
      if (service === undefined || !hasEnded(run)) return;
      const end = endedAt(run).getTime();
      if ((runs.get(service)?.end ?? 0) >= end) return;
      const failed = failures.includes(runResult(run));
      const one: LastRun = { end, seconds: undefined, failed, gate: 'none' };
      runs.set(service, one);
      const event = runEvent(run, [], { forge: '', argocd: undefined });
      one.seconds = event.duration;
      if (!failed) return;
      // Until its Tasks are read it failed somewhere.
      one.gate = 'unknown';
      try {
        const { failure } = runEvent(run, await taskRuns(run), { forge: '', argocd: undefined });
        one.gate = failure?.task ?? 'none';
      } catch (error) {
        log('warn', 'the gate of a run is not known', { run: run.metadata.name, reason: reasonOf(error) });
      }
    },
    /** The same channel, whose messages are counted, and sent one at a time. */
    counted(channel: OpenChannel): OpenChannel {
      for (const outcome of ['sent', 'refused', 'later']) count(channel.name, outcome, 0);
      let before: Promise<unknown> = Promise.resolve();
      return {
        ...channel,
        send(event) {
          const sending = before.then(() => channel.send(event));
          before = sending.then(
            ({ outcome }) => count(channel.name, outcome),
            () => count(channel.name, 'failed'),
          );
          return sending;
        },
      };
    },
    text(): string {
      const lines: string[] = [];
      const family = (name: string, type: 'gauge' | 'counter', help: string, series: [string, number][]) => {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
        for (const [labels, value] of series) lines.push(`${name}{${labels}} ${value}`);
      };
      const all = [...runs].sort(([a], [b]) => (a < b ? -1 : 1));
      const ofService = (value: (run: LastRun) => number | undefined): [string, number][] =>
        all.flatMap(([service, run]) => {
          const of = value(run);
          return of === undefined ? [] : [[`service=${quoted(service)}`, of]];
        });
      family(
        'pipeline_last_run_failed',
        'gauge',
        'Whether the last run of a service failed, and at which gate.',
        all.map(([service, { failed, gate }]) => [`service=${quoted(service)},gate=${quoted(gate)}`, Number(failed)]),
      );
      family(
        'pipeline_last_run_seconds',
        'gauge',
        'How long it took.',
        ofService(({ seconds }) => seconds),
      );
      family(
        'pipeline_last_run_end_seconds',
        'gauge',
        'When it ended.',
        ofService(({ end }) => end / 1000),
      );
      family('notifier_messages_total', 'counter', 'Messages by channel and outcome.', [...messages].sort());
      return `${lines.join('\n')}\n`;
    },
  };
}
