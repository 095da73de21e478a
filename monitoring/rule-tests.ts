import { type RuleFile, readByPrometheus, ruleFile } from './rules.ts';
import { alertName, limitOf, type PrometheusReading, type Series, type Signal } from './signal.ts';

type Read = Signal & { prometheus: PrometheusReading };
/** As promtool reads it. */
export type RuleTest = {
  rule_files: string[];
  evaluation_interval: string;
  tests: {
    name: string;
    interval: string;
    input_series: { series: string; values: string }[];
    promql_expr_test: { expr: string; eval_time: string; exp_samples: { labels: string; value: number }[] }[];
  }[];
};

/** All is well for so many minutes, so that the windows of rates are full. */
const before = 40;
const after = 40;
/** A value that changed is known only when the longest window of the query has passed. */
const windowOf = (query: string): number =>
  Math.max(0, ...[...query.matchAll(/\[(\d+)m\]/g)].map(([, minutes]) => Number(minutes)));
const hasCounters = (series: readonly Series[]) => series.some((one) => 'counter' in one);
/** Prometheus still shows a series for so long that is there no more. */
const lookback = 5;
const sameNames = (a: readonly Series[], b: readonly Series[]) =>
  a.length === b.length && a.every(({ name }, index) => name === b[index]?.name);

/** A number without an exponent, which promtool does not read. */
const plain = (value: number): string => `${Number(value.toFixed(9))}`;

/** A series over the phases of a test: for so many minutes each value in turn. */
function values(phases: readonly { minutes: number; series: readonly Series[] }[], name: string): string {
  let reached = 0;
  return phases
    .map(({ minutes, series }) => {
      const one = series.find((series) => series.name === name);
      // Not there in this phase.
      if (!one) return `_x${minutes}`;
      if ('gauge' in one) return `${plain(one.gauge)}x${minutes - 1}`;
      const step = one.counter * 60;
      const from = reached;
      reached = from + step * minutes;
      return `${plain(from)}+${plain(step)}x${minutes - 1}`;
    })
    .join(' ');
}

type Phase = { minutes: number; value: number };
function test(signal: Read, name: string, phases: readonly Phase[], expected: [minute: number, firing: boolean][]) {
  const parts = phases.map(({ minutes, value }) => ({ minutes, series: signal.prometheus.series(value) }));
  const names = [...new Set(parts.flatMap(({ series }) => series.map((one) => one.name)))];
  const labels = `alertname="${alertName(signal)}",alertstate="firing",severity="${signal.severity}"`;
  return {
    name: `${signal.name}: ${name}`,
    interval: '1m',
    input_series: names.map((series) => ({ series, values: values(parts, series) })),
    promql_expr_test: expected.map(([minute, firing]) => ({
      expr: `count(ALERTS{${labels}}) > bool 0`,
      eval_time: `${minute}m`,
      exp_samples: firing ? [{ labels: '{}', value: 1 }] : [],
    })),
  };
}

/** Of each alert: that it fires, when, that it ends, that it stays silent while all is well, and what happens at the threshold itself. */
function testsOf(signal: Read): RuleTest['tests'] {
  const { prometheus } = signal;
  const { minutes } = signal.when;
  const { operator, value } = limitOf(signal);
  const { step, well, query } = prometheus;
  const sign = operator === '>' ? 1 : -1;
  const bad = value + sign * step;
  const counted = hasCounters(prometheus.series(bad));
  const window =
    windowOf(query) + (counted ? 1 : 0) + (sameNames(prometheus.series(bad), prometheus.series(well)) ? 0 : lookback);
  // Rates of counters are no exact numbers.
  const edge = counted && value !== 0 ? value - (sign * step) / 100 : value;
  const badFor = window + minutes + after;
  const whole = before + badFor;
  const all = (one: number): Phase[] => [{ minutes: whole, value: one }];
  const turns: [number, boolean][] = [[before + window + minutes, true]];
  // The first minute at which it can fire; one before is too early.
  if (minutes > 0) turns.unshift([before + minutes - 1, false]);
  return [
    test(
      signal,
      'fires when it is bad for as long as it says, and not earlier',
      [
        { minutes: before, value: well },
        { minutes: badFor, value: bad },
      ],
      turns,
    ),
    test(
      signal,
      'ends when all is well again',
      [
        { minutes: before, value: bad },
        { minutes: badFor, value: well },
      ],
      [[whole - 1, false]],
    ),
    test(signal, 'is silent while all is well', all(well), [[whole - 1, false]]),
    test(signal, 'is silent at the threshold itself', all(edge), [[whole - 1, false]]),
  ];
}

/** Rules and tests of each signal as files for `promtool test rules`: of its own, or every test would evaluate all rules. */
export const ruleTests = (): { name: string; rules: RuleFile; tests: RuleTest }[] =>
  readByPrometheus().map((signal) => ({
    name: signal.name,
    rules: ruleFile(signal.prometheus.only?.site ?? 'aws', [signal]),
    tests: { rule_files: [`${signal.name}.rules.yaml`], evaluation_interval: '1m', tests: testsOf(signal) },
  }));
