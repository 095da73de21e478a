import type { FailoverResult, FailoverStep } from './event.ts';
import { duration, printable } from './text.ts';

const icons: Record<FailoverResult, string> = {
  begun: '🚨',
  promoted: '🗄️',
  'traffic moved': '🚦',
  'failed over': '✅',
  'failed over, not fenced': '⚠️',
  'dry run done': '📝',
  'already running': '⏭️',
  'already failed over': '⏭️',
  refused: '🚫',
  'no action': '⚠️',
  failed: '❌',
  'not ready': '⚠️',
  ready: '💚',
};

/** `🚨 failover · live · region-failure · begun` */
export function failoverTitle({ result, mode, branch }: FailoverStep): string {
  const parts = ['failover', mode, branch].flatMap((part) => (part ? [printable(part, 40)] : []));
  return `${icons[result]} ${[...parts, result].join(' · ')}`;
}

/** Name and value of what is known. */
export function failoverFacts({ incident, mode, seconds, lag, at }: FailoverStep): [string, string][] {
  const facts: [string, string | undefined][] = [
    ['Incident', incident],
    ['Mode', mode],
    ['Since the alarm', seconds === undefined ? undefined : duration(seconds)],
    ['Replication lag', lag === undefined ? undefined : lag === null ? 'not known' : `${lag} s`],
    ['At', at.toISOString()],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]));
}

/** The step as plain text for SNS: a subject (ASCII, at most 100 characters, as SNS demands) and a body that e-mail and SMS can show. */
export function failoverText(event: FailoverStep): { subject: string; body: string } {
  const parts = ['failover', event.mode, event.branch, event.result].flatMap((part) => (part ? [part] : []));
  const subject = printable(parts.join(' - ').replaceAll(/[^\x20-\x7e]/g, '?'), 99).replaceAll('…', '.');
  const lines = [
    parts.map((part) => printable(part, 60)).join(' · '),
    ...failoverFacts(event).map(([name, value]) => `${name}: ${printable(value, 100)}`),
    ...event.details.slice(0, 50).map((detail) => printable(detail, 500, { lines: true })),
    ...(event.todo ? [`To do: ${printable(event.todo, 1500, { lines: true })}`] : []),
    `Execution: ${printable(event.subject, 200)}`,
  ];
  return { subject, body: lines.filter(Boolean).join('\n') };
}
