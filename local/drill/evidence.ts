/** What a drill measured, and the report of it. */
import type { Branch } from '../../dr/types.ts';
import type { Asked, Bought } from './customers.ts';

/** How far Tokyo was behind, each second: seconds, by store; null where nobody knows. */
export type LagSample = { at: number; behind: Record<string, number | null> };

/** What was acknowledged before a moment and is not in Tokyo. */
export type Lost = {
  store: string;
  acknowledged: number;
  lost: number /** Age of the oldest at that moment, seconds. */;
  seconds: number;
};

export type Evidence = {
  /** What all figures were measured on. */
  measuredOn: string;
  trigger: Branch;
  mode: 'rehearsal' | 'dry-run';
  broke: string;
  /** ISO 8601. */
  failedAt: string;
  branch: string;
  ended: string;
  /** Seconds from the failure. */
  detected: number;
  states: { state: string; at: number }[];
  /** Seconds from the failure to the first request from which on all succeed; null: they never did. */
  rto: number | null;
  /** Seconds that the state machine waits on purpose. */
  wait: number;
  lost: Lost[];
  /** Of what Seoul acknowledged after the failure, until customers entered Tokyo. */
  lostLater: Lost[];
  /** Bookings that were acknowledged 10 s before the end or earlier, and have no ticket: until the traffic moved, and after it. */
  ticketless: { before: number; after: number };
  /** Lag of each store when Seoul was last seen, seconds. */
  lag: Record<string, number | null>;
  requests: { second: number; ok: number; failed: number; slowest: number; behind: number | null }[];
  messages: string[];
  /** What a dry run would change. */
  would: string[];
  /** What the functions that change something really did, and to what. */
  acts: Act[];
};

export type Act = { function: string; on: string; did: string[] };
type Did = { did: readonly string[] } | undefined;
/** `pods`: those of dr that were ready before the failure and at the end, by service. */
export function actsOf(
  state: { promotion?: Did; traffic?: Did; capacity?: Did },
  pods: { before: Record<string, number>; after: Record<string, number> },
): Act[] {
  const ready = Object.entries(pods.after).map(([name, now]) => `${name} ${pods.before[name] ?? 0} → ${now}`);
  const acts: [name: string, on: string, done: Did, more?: string][] = [
    ['aurora-promote-tokyo', 'a real PostgreSQL', state.promotion],
    ['ga-switch-endpoint', 'a stand-in: the weights of HAProxy', state.traffic],
    [
      'eks-scale-dr',
      'a stand-in: a number in a file, because one machine adds no node',
      state.capacity,
      `no node came; the autoscalers of Kubernetes alone add pods. Ready in dr: ${ready.join(', ')}`,
    ],
  ];
  return acts.flatMap(([name, on, done, more]) =>
    done && done.did.length > 0 ? [{ function: name, on, did: [...done.did, ...(more ? [more] : [])] }] : [],
  );
}

/** Seconds after which every request succeeded. A drill that ends with a failure has not recovered. */
export function recovery(asked: readonly Asked[], failedAt: number): number | null {
  const after = asked.filter(({ at }) => at >= failedAt).sort((one, other) => one.at - other.at);
  const last = after.map(({ ok }) => ok).lastIndexOf(false);
  if (last === after.length - 1) return null;
  const { at, ms } = after[last + 1] as Asked;
  return last < 0 ? 0 : (at + ms - failedAt) / 1000;
}

export function perSecond(asked: readonly Asked[], lags: readonly LagSample[], failedAt: number): Evidence['requests'] {
  const second = (at: number) => Math.floor((at - failedAt) / 1000);
  const seconds = asked.map(({ at }) => second(at));
  const [first, last] = [Math.min(...seconds), Math.max(...seconds)];
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const now = first + index;
    const those = asked.filter(({ at }) => second(at) === now);
    const lag = lags.find(({ at }) => second(at) === now)?.behind;
    const known = Object.values(lag ?? {}).filter((value): value is number => value !== null);
    return {
      second: now,
      ok: those.filter(({ ok }) => ok).length,
      failed: those.filter(({ ok }) => !ok).length,
      slowest: Math.max(0, ...those.map(({ ms }) => ms)),
      behind: known.length > 0 ? Math.max(...known) : null,
    };
  });
}

export const lostOf = (
  store: string,
  known: readonly Bought[],
  isThere: (one: Bought) => boolean,
  when: (one: Bought) => number,
  failedAt: number,
): Lost => {
  const lost = known.filter((one) => !isThere(one));
  const oldest = Math.min(...lost.map(when));
  return {
    store,
    acknowledged: known.length,
    lost: lost.length,
    seconds: lost.length > 0 ? Math.max(0, (failedAt - oldest) / 1000) : 0,
  };
};

/** Seconds within which a customer expects the ticket of a booking. */
const promptly = 10;
export function ticketless(bought: readonly Bought[], movedAt: number, endedAt: number): Evidence['ticketless'] {
  const late = bought.filter(({ at, ticketAt }) => ticketAt === undefined && at <= endedAt - promptly * 1000);
  const before = late.filter(({ at }) => at <= movedAt).length;
  return { before, after: late.length - before };
}

/** When customers entered Tokyo, in seconds from the failure: what comes after the switch begins then. Infinity: they never did. */
export function movedAfter(states: Evidence['states']): number {
  const last = states.map(({ state }) => state).lastIndexOf('Switch traffic');
  return last < 0 ? Number.POSITIVE_INFINITY : (states[last + 1]?.at ?? Number.POSITIVE_INFINITY);
}

const [width, height, left, top] = [900, 150, 60, 20];
/** Three plots over the same seconds: requests that succeeded and failed, and lag. */
export function plot({ requests, states, trigger }: Evidence): string {
  const [from, to] = [requests[0]?.second ?? 0, requests.at(-1)?.second ?? 1];
  const x = (second: number) => left + ((second - from) / Math.max(1, to - from)) * (width - left - 20);
  const panel = (
    index: number,
    title: string,
    color: string,
    value: (one: Evidence['requests'][number]) => number | null,
  ) => {
    const values = requests.map(value);
    const most = Math.max(1, ...values.map((one) => one ?? 0));
    const base = top + (index + 1) * height;
    const y = (one: number) => base - (one / most) * (height - 45);
    const bars = requests
      .map((one, at) => {
        const amount = values[at] ?? 0;
        return amount > 0
          ? `<rect x="${x(one.second).toFixed(1)}" y="${y(amount).toFixed(1)}" width="${Math.max(1, (width - left - 20) / requests.length - 0.5).toFixed(1)}" height="${(base - y(amount)).toFixed(1)}" fill="${color}"/>`
          : '';
      })
      .join('');
    return `<text x="${left}" y="${base - height + 35}">${title}</text><text x="${left - 6}" y="${base - height + 50}" text-anchor="end">${Math.round(most * 10) / 10}</text><text x="${left - 6}" y="${base}" text-anchor="end">0</text><line x1="${left}" y1="${base}" x2="${width - 20}" y2="${base}" stroke="#888"/>${bars}`;
  };
  const total = top + 3 * height + 60;
  const marks = [
    { state: 'failure', at: 0 },
    ...states.filter(({ state }) => /^(Admit|Promote|Confirm writer|Switch traffic|Verify)$/.test(state)),
  ]
    .filter(({ state }, index, all) => all.findIndex((one) => one.state === state) === index)
    .map(({ state, at }, index) => {
      // Near the right edge words stand left of their line.
      const place =
        x(at) > 0.8 * width ? `x="${(x(at) - 3).toFixed(1)}" text-anchor="end"` : `x="${(x(at) + 3).toFixed(1)}"`;
      return `<line x1="${x(at).toFixed(1)}" y1="${top}" x2="${x(at).toFixed(1)}" y2="${top + 3 * height}" stroke="${index === 0 ? '#c00' : '#36c'}" stroke-dasharray="4 3"/><text ${place} y="${top + 3 * height + 14 + (index % 3) * 14}">${state} ${Math.round(at)} s</text>`;
    });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" font-family="sans-serif" font-size="12">
<title>${trigger}: requests a second, and how far Tokyo is behind</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${left}" y="14" font-weight="bold">${trigger}: requests a second, and how far Tokyo is behind</text>
${panel(0, 'requests that succeeded', '#2a7', ({ ok }) => ok)}
${panel(1, 'requests that failed', '#c33', ({ failed }) => failed)}
${panel(2, 'lag of the store that is furthest behind, seconds', '#68c', ({ behind }) => behind)}
${marks.join('\n')}
</svg>
`;
}

const seconds = (value: number | null) => (value === null ? 'never' : `${value.toFixed(1)} s`);
export function report(evidence: Evidence, picture: string): string {
  const {
    trigger,
    mode,
    broke,
    branch,
    ended,
    detected,
    states,
    rto,
    wait,
    lost,
    lostLater,
    ticketless: none,
    lag,
    messages,
    measuredOn,
    would,
    acts,
  } = evidence;
  const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  return `# Drill: ${trigger}

Measured on ${measuredOn}. No figure here is one of AWS.

${row('what', 'figure')}
${row('---', '---')}
${row('broken', broke)}
${row('branch taken', branch)}
${row('ended', `${ended}${mode === 'dry-run' ? ' (dry run: nothing was changed)' : ''}`)}
${row('detected after', seconds(detected))}
${row('**RTO**: all requests succeed again after', seconds(rto))}
${row('of it the wait on purpose', `${wait} s`)}
${row('RTO without that wait', rto === null ? 'never' : seconds(rto - wait))}

A ticket that is not there yet counts neither as a success nor as a failure. Those that never came are below.

## What was lost

Acknowledged to a customer before the failure, and not in Tokyo afterwards.

${row('store', 'acknowledged', 'lost', 'RPO: age of the oldest lost', 'lag when Seoul was last seen')}
${row('---', '---:', '---:', '---:', '---:')}
${lost.map((one) => row(one.store, one.acknowledged, one.lost, `${one.seconds.toFixed(1)} s`, seconds(lag[one.store] ?? null))).join('\n')}

Acknowledged after the failure, until the traffic moved, and not in Tokyo afterwards: Seoul may serve on until it is fenced.

${row('store', 'acknowledged', 'lost', 'age of the oldest lost when the traffic moved')}
${row('---', '---:', '---:', '---:')}
${lostLater.map((one) => row(one.store, one.acknowledged, one.lost, `${one.seconds.toFixed(1)} s`)).join('\n')}

Bookings without a ticket at the end: ${none.before} that were acknowledged until the traffic moved, whose events are in Seoul's Kafka (\`republish\` issues their tickets), and ${none.after} after that.

![requests, errors and lag](${picture})

## Course

${row('seconds', 'state')}
${row('---:', '---')}
${states.map(({ state, at }) => row(at.toFixed(1), state)).join('\n')}

${acts.length > 0 ? `## What was really done\n\n${[row('function', 'on', 'what'), row('---', '---', '---'), ...acts.map((act) => row(act.function, act.on, act.did.join('; ')))].join('\n')}\n\n` : ''}${would.length > 0 ? `## What would be done\n\n${would.map((line) => `- ${line}`).join('\n')}\n\n` : ''}## Messages

${messages.map((message) => `- ${message}`).join('\n') || 'none'}
`;
}
