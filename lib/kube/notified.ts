/**
 * The annotation in which the notifier keeps on an object what it told about it: JSON, with `ended` once the end of a run was told
 * (notifier/memory.ts writes it). Who deletes runs reads it, because what is deleted is told no more.
 */
export const toldAnnotation = 'notifier.tickets.example/told';

/** Whether the end of a run was told, by its annotations; anything but the notifier's own words counts as not told. */
export function endWasTold(annotations: Record<string, string> = {}): boolean {
  try {
    return typeof JSON.parse(annotations[toldAnnotation] ?? '').ended === 'string';
  } catch {
    return false;
  }
}
