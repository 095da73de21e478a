import type { Backlog, RunResult } from '../alerts/event.ts';
import { label } from '../lib/kube/labels.ts';
import type { PipelineRun } from '../lib/kube/objects.ts';
import { occurredAt, type RunItem } from './queue.ts';
import { endedAt, runResult } from './runs.ts';

/** Of the runs to notify, so many get a message each. */
const MOST_MESSAGES = 20;
const OLD_MS = 24 * 3600_000;

/** Runs for one message together: those that ended over a day ago, and all but the newest where they are many. */
export function backlogOf(pending: RunItem[], now: number): RunItem[] {
  const newestFirst = pending.toSorted((a, b) => occurredAt(b) - occurredAt(a));
  return newestFirst.filter((run, index) => index >= MOST_MESSAGES || now - occurredAt(run) > OLD_MS);
}

export function backlogEvent(runs: PipelineRun[]): Backlog {
  const counts = new Map<string, [service: string, result: RunResult, count: number]>();
  for (const run of runs) {
    const service = run.metadata.labels?.[label.service] ?? '';
    const result = runResult(run);
    const row = counts.get(`${service}/${result}`) ?? [service, result, 0];
    row[2] += 1;
    counts.set(`${service}/${result}`, row);
  }
  const rows = [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  const times = runs.map((run) => endedAt(run).getTime());
  return { kind: 'backlog', counts: rows, from: new Date(Math.min(...times)), to: new Date(Math.max(...times)) };
}
