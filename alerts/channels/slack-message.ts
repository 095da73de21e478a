import type {
  AlertsChanged,
  ApplicationChanged,
  Backlog,
  Commit,
  Event,
  FailoverStep,
  FirewallAlarm,
  FirewallReport,
  Link,
  RunEnded,
} from '../event.ts';
import { failoverFacts, failoverTitle } from '../failover.ts';
import { alarmTitle, reportLines, reportTitle, reportWindow } from '../firewall.ts';
import { duration, printable } from '../text.ts';

type PlainText = { type: 'plain_text'; text: string; emoji: boolean };
type Markdown = { type: 'mrkdwn'; text: string; verbatim: true };
export type Block =
  | { type: 'header'; text: PlainText }
  | { type: 'section'; text: PlainText | Markdown }
  | { type: 'section'; fields: (PlainText | Markdown)[] }
  | { type: 'context'; elements: (PlainText | Markdown)[] };
export type SlackMessage = { text: string; blocks: Block[] };

const icons: Record<RunEnded['result'] | ApplicationChanged['result'], string> = {
  released: '✅',
  unchanged: '✅',
  succeeded: '✅',
  superseded: '⏭️',
  failed: '❌',
  'timed out': '⌛',
  cancelled: '🚫',
  rejected: '❌',
  deployed: '🚀',
  'sync failed': '❌',
  degraded: '⚠️',
  stuck: '⏳',
  recovered: '💚',
};

/**
 * The message for one event. Slack's limits (header 150, field 2,000, section 3,000 characters, 10 fields, 50 blocks, and about
 * 13,200 in all, which its documents do not name) are kept with room to spare for any input: Slack does not say how it counts
 * what lies outside ASCII. Untrusted text stands in plain_text, where Slack interprets nothing; where it must stand in mrkdwn it is escaped.
 */
export function format(event: Event): SlackMessage {
  switch (event.kind) {
    case 'run':
      return runMessage(event);
    case 'application':
      return applicationMessage(event);
    case 'backlog':
      return backlogMessage(event);
    case 'failover':
      return failoverMessage(event);
    case 'firewall':
      return firewallMessage(event);
    case 'firewall alarm':
      return firewallAlarmMessage(event);
    case 'alerts':
      return alertsMessage(event);
  }
}

function runMessage(event: RunEnded): SlackMessage {
  const { failure } = event;
  const facts = failure && [
    failure.task !== undefined && `task ${printable(failure.task, 100)}`,
    failure.step !== undefined && `step ${printable(failure.step, 100)}`,
    failure.exitCode !== undefined && `exit code ${failure.exitCode}`,
    printable(failure.reason, 150),
  ];
  const cause = facts?.filter(Boolean).join(', ');
  // The note also of a run that failed: which gates were off, and what those said that it passed.
  const details = [failure?.message, event.note];
  return message(event, `pipeline ${event.result}`, cause && `Failed: ${cause}`, details, [
    `PipelineRun ${event.subject}`,
  ]);
}

function applicationMessage(event: ApplicationChanged): SlackMessage {
  const what = event.result === 'deployed' ? 'live' : event.result;
  return message(event, what, undefined, [event.reason], [`Application ${event.subject}`]);
}

function message(
  event: RunEnded | ApplicationChanged,
  what: string,
  cause: string | undefined,
  details: (string | undefined)[],
  subjects: string[],
): SlackMessage {
  const { service, environment, commit, links } = event;
  const title = `${icons[event.result]} ${printable(service, 64)} · ${printable(environment, 40)} · ${what}`;
  const fields: (PlainText | Markdown)[] = [
    plain(`Service\n${printable(service, 100) || '–'}`),
    plain(`Environment\n${printable(environment, 100) || '–'}`),
    plain(`Result\n${event.result}`),
    plain(`Duration\n${event.duration === undefined ? '–' : duration(event.duration)}`),
  ];
  if (commit)
    fields.push(
      markdown(`Commit\n${commitLink(commit, links)}`),
      plain(`Author\n${printable(commit.author, 120) || '–'}`),
    );
  const blocks: Block[] = [
    { type: 'header', text: plain(printable(title, 150), true) },
    { type: 'section', fields },
  ];
  const subject = commit && printable(commit.subject, 300);
  if (subject) blocks.push({ type: 'section', text: plain(subject) });
  if (cause) blocks.push({ type: 'section', text: plain(cause) });
  for (const detail of details) {
    const rest = detail && printable(detail, 1500, { lines: true });
    if (rest) blocks.push({ type: 'section', text: plain(rest) });
  }
  blocks.push({
    type: 'context',
    elements: [
      ...subjects.map((text) => plain(printable(text, 200))),
      ...links.map((link) => markdown(linkTo(link, link.label))),
    ],
  });
  const words = [title, subject && `“${subject}”`, commit?.author && printable(commit.author, 60), cause].filter(
    Boolean,
  );
  return { text: escaped(words.join(' – '), 600), blocks };
}

function backlogMessage({ counts, from, to }: Backlog): SlackMessage {
  const total = counts.reduce((sum, [, , count]) => sum + count, 0);
  const title = `🗂️ ${total} earlier pipeline runs`;
  const rows = counts.map(([service, result, count]) => `${printable(service, 64)}: ${count} ${result}`);
  const when = `ended between ${from.toISOString()} and ${to.toISOString()}, reported together`;
  return {
    text: escaped(`${title} ${when}`, 600),
    blocks: [
      { type: 'header', text: plain(title, true) },
      { type: 'section', text: plain(printable(rows.join('\n'), 1500, { lines: true }) || '–') },
      { type: 'context', elements: [plain(when)] },
    ],
  };
}

function failoverMessage(event: FailoverStep): SlackMessage {
  const title = failoverTitle(event);
  const { details, todo } = event;
  const blocks: Block[] = [
    { type: 'header', text: plain(printable(title, 150), true) },
    {
      type: 'section',
      fields: failoverFacts(event).map(([name, value]) => plain(`${name}\n${printable(value, 100) || '–'}`)),
    },
  ];
  const shownDetails = printable(details.slice(0, 50).join('\n'), 1500, { lines: true });
  if (shownDetails) blocks.push({ type: 'section', text: plain(shownDetails) });
  const asked = todo && printable(todo, 1500, { lines: true });
  if (asked) blocks.push({ type: 'section', text: plain(`To do: ${asked}`) });
  blocks.push({ type: 'context', elements: [plain(printable(`Execution ${event.subject}`, 200))] });
  return { text: escaped([title, asked && `To do: ${asked}`].filter(Boolean).join(' – '), 600), blocks };
}

function firewallMessage(event: FirewallReport): SlackMessage {
  const title = reportTitle(event);
  const { groups, paths } = reportLines(event);
  const parts = [
    groups.join('\n'),
    paths.length > 0 && `Most asked for:\n${paths.join('\n')}`,
    event.notes.length > 0 && `Not complete: ${event.notes.slice(0, 5).join('; ')}`,
  ];
  const blocks: Block[] = [{ type: 'header', text: plain(printable(title, 150), true) }];
  for (const part of parts)
    if (part) blocks.push({ type: 'section', text: plain(printable(part, 1500, { lines: true }) || '–') });
  const where = [reportWindow(event), `Records ${event.subject}`];
  blocks.push({ type: 'context', elements: where.map((text) => plain(printable(text, 300))) });
  return { text: escaped([title, groups[0]].filter(Boolean).join(' – '), 600), blocks };
}

function firewallAlarmMessage(event: FirewallAlarm): SlackMessage {
  const title = alarmTitle(event);
  return {
    text: escaped(title, 600),
    blocks: [
      { type: 'header', text: plain(printable(title, 150), true) },
      { type: 'section', text: plain(printable(event.reason, 500) || '–') },
      {
        type: 'context',
        elements: [plain(printable(`Alarm ${event.subject}`, 200)), plain(event.at.toISOString())],
      },
    ],
  };
}

/** Each alert of the group in a line; the first of them also in the text that a phone shows. */
function alertsMessage(event: AlertsChanged): SlackMessage {
  const { result, alert, severity, region, summary, limit, runbook, firing, resolved, more, at } = event;
  const icon = result === 'resolved' ? '💚' : severity === 'page' ? '🚨' : '⚠️';
  const what = result === 'resolved' ? 'resolved' : severity;
  const title = `${icon} ${[alert, region, what]
    .map((part) => printable(part, 60))
    .filter(Boolean)
    .join(' · ')}`;
  const lines = [
    ...firing.map(({ about, value, since }) => `${about}: ${value} since ${since.toISOString()}`),
    ...resolved.map(({ about }) => `${about}: resolved`),
  ].map((line) => printable(line, 180));
  const shown = lines.slice(0, 12);
  const left = lines.length - shown.length + more;
  if (left > 0) shown.push(`and ${left} more`);
  const blocks: Block[] = [
    { type: 'header', text: plain(printable(title, 150), true) },
    { type: 'section', text: plain(printable(summary, 500) || '–') },
    { type: 'section', text: plain(printable(shown.join('\n'), 2500, { lines: true }) || '–') },
  ];
  if (result === 'firing' && runbook)
    blocks.push({ type: 'section', text: plain(`To do: ${printable(runbook, 1000)}`) });
  blocks.push({ type: 'context', elements: [plain(printable(`limit ${limit}, ${at.toISOString()}`, 200))] });
  return { text: escaped([title, printable(summary, 200), shown[0]].filter(Boolean).join(' – '), 600), blocks };
}

function commitLink(commit: Commit, links: Link[]): string {
  const short = commit.sha.slice(0, 8);
  const link = links.find(({ label }) => label === 'commit');
  return link ? linkTo(link, short) : escaped(short, 20);
}

function linkTo({ url }: Link, label: string): string {
  // The address comes from configuration and validated parts; a | or > in it would end the link early.
  return `<${escaped(url, 1000).replaceAll('|', '%7C')}|${escaped(label, 100)}>`;
}

/** For mrkdwn and the fallback text: these three characters, once, as Slack asks; <!channel> and <@U…> are then only words. */
function escaped(text: string, max: number): string {
  return entities(printable(text, max, { size: (part) => entities(part).length }));
}
const entities = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** `emoji: false`: a subject with :fire: in it is shown as written. */
const plain = (text: string, emoji = false): PlainText => ({ type: 'plain_text', text, emoji });
/** `verbatim`: Slack makes no links or mentions of its own. */
const markdown = (text: string): Markdown => ({ type: 'mrkdwn', text, verbatim: true });
