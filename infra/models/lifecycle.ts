import type { Json } from '../rules/stacks.ts';

/** An object of a bucket. */
export type Stored = { key: string; bytes: number };

/** Below this size S3 moves nothing to another class ("Transitioning objects using Amazon S3 Lifecycle"). */
export const smallest = 128 * 1024;
/** From expensive to cheap: an object moves down alone. */
const order = ['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];
/** Days for which a class is paid at least. */
const paidDays: Record<string, number> = {
  STANDARD_IA: 30,
  ONEZONE_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
};

const applying = (rules: readonly Json[], key: string): Json[] =>
  rules.filter((rule) => rule.status === 'Enabled' && key.startsWith(rule.filter[0].prefix));

/** The class in which an object is so many days after it was made; undefined when it is gone. */
export function classOn(rules: readonly Json[], { key, bytes }: Stored, day: number): string | undefined {
  const own = applying(rules, key);
  if (own.some(({ expiration = [] }) => expiration.some(({ days }: Json) => day >= days))) return undefined;
  const moves =
    bytes < smallest ? [] : own.flatMap(({ transition = [] }) => transition).filter(({ days }) => day >= days);
  const classes = moves.map(({ storage_class }) => storage_class as string);
  return classes.reduce((now, next) => (order.indexOf(next) > order.indexOf(now) ? next : now), 'STANDARD');
}

/** Each day on which something becomes of an object, with what. */
export function life(rules: readonly Json[], object: Stored, days: number): [day: number, what: string][] {
  const changes: [number, string][] = [];
  for (let day = 0; day <= days; day += 1) {
    const now = classOn(rules, object, day) ?? 'gone';
    if (changes.at(-1)?.[1] !== now) changes.push([day, now]);
  }
  return changes;
}

/** What S3 refuses of a rule, or what costs more than it saves. */
export function lifecycleFaults(rules: readonly Json[]): string[] {
  return rules.flatMap(({ id, transition = [], expiration = [] }) => {
    const end: number = expiration[0]?.days ?? Number.POSITIVE_INFINITY;
    return transition.flatMap(({ days, storage_class }: Json, at: number) => {
      const next = transition[at + 1]?.days ?? end;
      const before = transition[at - 1];
      return [
        ...(order.includes(storage_class) ? [] : [`${id}: there is no class ${storage_class}`]),
        ...(before && (days <= before.days || order.indexOf(storage_class) <= order.indexOf(before.storage_class))
          ? [`${id}: ${storage_class} at day ${days} comes after ${before.storage_class} at day ${before.days}`]
          : []),
        ...(/_IA$/.test(storage_class) && days < 30 ? [`${id}: ${storage_class} before day 30`] : []),
        ...(next - days < (paidDays[storage_class] ?? 0)
          ? [`${id}: ${storage_class} for ${next - days} days, and it is paid for ${paidDays[storage_class]}`]
          : []),
      ];
    });
  });
}
