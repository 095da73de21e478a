import { annotation } from './labels.ts';

/**
 * The annotation in which the notifier records on an object what was notified about it: JSON, by channel, with `ended` once the end of
 * a run was notified (written by notifier/notified.ts). Whoever deletes runs reads it, because a deleted run is never notified.
 */
export const notifiedAnnotation = annotation.notified;

/** Whether every channel has the end of a run, by its annotations; any text that the notifier did not write counts as no. */
export function isEndNotified(annotations: Record<string, string> = {}): boolean {
  try {
    const states: unknown[] = Object.values(JSON.parse(annotations[notifiedAnnotation] ?? ''));
    return states.length > 0 && states.every((state) => typeof (state as { ended?: unknown }).ended === 'string');
  } catch {
    return false;
  }
}

/** The ConfigMap in which the notifier records the alerts that it notified. */
export const alertsNotified = { namespace: 'notifier', name: 'alerts-told', key: 'told' };
