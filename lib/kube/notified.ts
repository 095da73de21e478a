import { annotation } from './labels.ts';

/**
 * The annotation in which the notifier records on an object what was notified about it: JSON, with `ended` once the end of a run was
 * notified (written by notifier/memory.ts). Whoever deletes runs reads it, because a deleted run is never notified.
 */
export const notifiedAnnotation = annotation.notified;

/** Whether the end of a run was notified, by its annotations; any text that the notifier did not write counts as no. */
export function isEndNotified(annotations: Record<string, string> = {}): boolean {
  try {
    return typeof JSON.parse(annotations[notifiedAnnotation] ?? '').ended === 'string';
  } catch {
    return false;
  }
}
