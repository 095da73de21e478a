import type { WriterEpoch } from './ports.ts';
import type { Run, State } from './types.ts';

/**
 * The number of a failover that has `epoch` in the lock, when the fence received `last`. Its own number stays, so that a run that is resumed
 * repeats itself. Anything else that is not earlier is somebody else's, and only a later number is news to the fence.
 */
export function numberAfter(epoch: number, last: WriterEpoch | undefined): number {
  if (!last || (last.epoch === epoch && last.writer === 'tokyo')) return epoch;
  return Math.max(epoch, last.epoch + 1);
}

/** The run under the number that was decided. */
export function runOf({ run, decision }: State): Run | undefined {
  if (!run || !decision || decision.epoch === run.epoch) return run;
  return { ...run, epoch: decision.epoch, incident: incidentOf(decision.epoch) };
}

export const incidentOf = (epoch: number): string => `dr-${epoch}`;
