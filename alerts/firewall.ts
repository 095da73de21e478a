import type { FirewallAlarm, FirewallReport } from './event.ts';
import { printable } from './text.ts';

/** A group in a message; more of them are read in the records themselves. */
export const mostGroups = 10;

const did: Record<string, string> = {
  BLOCK: 'blocked',
  COUNT: 'counted, not blocked',
  CAPTCHA: 'asked for a CAPTCHA',
  CHALLENGE: 'challenged',
};
const verb = (action: string): string => did[action] ?? printable(action, 20);

/** `🛡️ firewall tickets · 1,204 blocked, 33 counted, not blocked` */
export function reportTitle({ firewall, actions }: FirewallReport): string {
  const counts = actions.map(([action, count]) => `${count.toLocaleString('en')} ${verb(action)}`).join(', ');
  return `🛡️ firewall ${printable(firewall, 40)} · ${counts || 'nothing'}`;
}

/** One line a group: `1,204 × SQLi_BODY blocked · KR · 203.0.113.0/24`. */
export function reportLines({ groups, others, paths }: FirewallReport): { groups: string[]; paths: string[] } {
  const shown = groups.slice(0, mostGroups);
  const rest = others + groups.slice(mostGroups).reduce((sum, { count }) => sum + count, 0);
  const line = (count: number, ...words: string[]) => `${count.toLocaleString('en')} × ${words.join(' · ')}`;
  return {
    groups: [
      ...shown.map(({ count, rule, action, country, block }) =>
        line(count, `${printable(rule, 80)} ${verb(action)}`, printable(country, 10), printable(block, 50)),
      ),
      ...(rest > 0 ? [`${rest.toLocaleString('en')} more, by other rules or from elsewhere`] : []),
    ],
    paths: paths.slice(0, 3).map(([path, count]) => line(count, printable(path, 100))),
  };
}

const minute = (at: Date): string => at.toISOString().slice(0, 16).replace('T', ' ');
/** `2026-11-30 14:05 to 14:10 UTC` */
export const reportWindow = ({ from, to }: FirewallReport): string => `${minute(from)} to ${minute(to).slice(11)} UTC`;

export const alarmTitle = ({ result, firewall }: FirewallAlarm): string =>
  result === 'raised'
    ? `🚨 firewall ${printable(firewall, 40)} · blocks more than usual`
    : `💚 firewall ${printable(firewall, 40)} · blocks as usual again`;
