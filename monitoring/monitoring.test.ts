import { expect, test } from '@jest/globals';
import { alarmsOf, cloudwatchDashboard } from './cloudwatch.ts';
import { datadogDashboard, monitors } from './datadog.ts';
import { datasource, grafanaDashboard } from './grafana.ts';
import { inventory, metricsOf, unknownMetrics } from './inventory.ts';
import { dashboards, elsewhere, panelsOf } from './panels.ts';
import { readByPrometheus, ruleFile } from './rules.ts';
import { isGap, type Subject, subjects } from './signal.ts';
import { everywhere } from './signals/platform.ts';
import { signals } from './signals.ts';
import { cloudwatchMetrics, datadogMetrics, datadogMetricsOf } from './sold.ts';

/** Which tool reads which signal. A gap has its reason in the list; what is not here changes the table, and people look at it. */
const table = `
                         prometheus  cloudwatch  datadog
node-cpu                 both        yes         yes
node-memory              both        yes         yes
node-network             both        yes         yes
node-not-ready           both        yes         yes
pod-pending              both        –           yes
pod-not-ready            both        –           yes
pod-restarted            both        –           yes
pod-crash-loop           both        –           yes
pod-cpu                  both        yes         yes
pod-memory               both        yes         yes
pod-out-of-memory        both        –           yes
deployment-down          both        –           yes
service-errors           both        –           yes
service-latency          both        –           yes
service-traffic          –           yes         yes
entrance-unhealthy       –           yes         –
service-saturated        both        –           yes
service-cpu              both        –           yes
service-store-failures   both        –           –
queue-waiting            both        –           –
queue-stuck              both        –           –
event-lag                both        yes         –
replication-lag          local       yes         –
replication-unknown      local       –           –
gate-red                 both        –           –
pipeline-slow            both        –           –
application-out-of-sync  both        –           –
application-unhealthy    both        –           –
certificate-expires      both        –           –
token-stale              both        –           –
firewall-blocks          –           yes         –
spot-share               aws         –           yes
target-down              both        –           –
target-missing           both        –           –
rules-fail               both        –           –
messages-fail            both        –           –
agent-silent             –           –           yes
host-certificate-expires –           yes         –
entrance-errors          –           yes         –
kafka-disk               –           yes         –
logs-late                –           yes         –
`;

test('each tool reads the signals of the table, and says why it does not read the others', () => {
  const rows = signals.map(({ name, prometheus, cloudwatch, datadog }) => {
    const others = [cloudwatch, datadog].map((reading) => (isGap(reading) ? '–' : 'yes'));
    const own = isGap(prometheus) ? '–' : (prometheus.only?.site ?? 'both');
    return [name.padEnd(25), own.padEnd(12), others[0]?.padEnd(12), others[1]].join('').trimEnd();
  });
  expect(rows).toEqual(table.trim().split('\n').slice(1));
  const gaps = signals.flatMap((signal) => [signal.prometheus, signal.cloudwatch, signal.datadog]).filter(isGap);
  for (const { gap } of gaps) expect(gap.length).toBeGreaterThan(20);
  // So that nobody is woken by nothing.
  for (const { name, prometheus, cloudwatch, datadog } of signals)
    expect([name, [prometheus, cloudwatch, datadog].every(isGap)]).toEqual([name, false]);
});

test('every subject has a signal, and each signal says what is wrong and what to do', () => {
  expect(new Set(signals.map(({ subject }) => subject))).toEqual(new Set(Object.keys(subjects)));
  expect(new Set(signals.map(({ name }) => name)).size).toBe(signals.length);
  for (const { name, summary, runbook } of signals) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    // Descriptions of alarms have 1,024 characters at most.
    expect(summary.length + runbook.length).toBeLessThan(500);
    expect([name, runbook.length > 40]).toEqual([name, true]);
  }
});

const queries = [
  ...readByPrometheus().map(({ prometheus }) => prometheus.query),
  ...(Object.keys(subjects) as Subject[]).flatMap((subject) => panelsOf(subject).map(({ query }) => query)),
];

test('rules and dashboards name metrics of the inventory, and use each of them', () => {
  expect(queries.flatMap(unknownMetrics)).toEqual([]);
  const used = new Set(queries.flatMap(metricsOf));
  // Of every program, for whoever looks.
  const forPeople = [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'prometheus_notifications_dropped_total',
    'alertmanager_alerts',
  ];
  const unused = Object.values(inventory)
    .flat()
    .filter((name) => !used.has(name) && !forPeople.includes(name));
  expect(unused).toEqual([]);
});

test('monitors and pages of Datadog, and alarms and pages of CloudWatch, name metrics that are there, and use each of them', () => {
  const pages = JSON.stringify([monitors('c', '@h'), datadogDashboard('c')]);
  const asked = datadogMetricsOf(pages);
  expect(asked.length).toBeGreaterThan(20);
  expect([...asked].sort()).toEqual(Object.values(datadogMetrics).flat().sort());
  // Each query names one, or it would not be looked at.
  for (const { name, datadog } of signals)
    if (!isGap(datadog)) expect([name, datadogMetricsOf(datadog.query).length > 0]).toEqual([name, true]);

  const alarms = alarmsOf((of) => [{ name: of, dimensions: {} }]).map((alarm) => ({ ...alarm, region: 'r' }));
  const { widgets } = cloudwatchDashboard(alarms) as { widgets: { properties: { metrics: string[][] } }[] };
  const shown = widgets.flatMap(({ properties }) => properties.metrics.map(([space, metric]) => `${space} ${metric}`));
  const known = Object.entries(cloudwatchMetrics).flatMap(([space, all]) => all.map((metric) => `${space} ${metric}`));
  // Of the queues of lost events, and of the machine of the failover, only the stacks that have them know.
  for (const list of [shown, alarms.map(({ namespace, metric }) => `${namespace} ${metric}`)])
    expect([...new Set(list)].sort()).toEqual(known.filter((one) => !/^AWS\/(?:SQS|States) /.test(one)).sort());
});

test('a metric that nobody scrapes is reported', () => {
  expect(metricsOf('sum by (a, b) (rate(x_total{y="z(w)"}[5m])) / on (c) group_left (d) u > bool 0')).toEqual([
    'x_total',
    'u',
  ]);
  expect(unknownMetrics('sum(rate(node_cpu_seconds[5m]))')).toEqual(['node_cpu_seconds']);
});

test('every subject is on a dashboard, or CloudWatch has its graphs', () => {
  const shown = dashboards.flatMap((one) => one.subjects);
  expect([...shown, ...elsewhere].sort()).toEqual(Object.keys(subjects).sort());
  expect(elsewhere).toEqual(['firewall']);
});

test('Grafana gets the graph of every signal, with its limit', () => {
  const pages = JSON.stringify(dashboards.map((one) => grafanaDashboard(one, 'aws')));
  for (const { name, prometheus } of readByPrometheus('aws')) {
    expect([name, pages.includes(JSON.stringify(prometheus.query))]).toEqual([name, true]);
    expect(pages).toContain(`"title":"${name.replaceAll('-', ' ')}"`);
  }
});

type Box = { x: number; y: number; w: number; h: number };
const overlaps = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
type Shown = { type: string; gridPos: Box; datasource?: object; targets?: { refId: string; expr: string }[] };

test.each(dashboards.map((one) => [one.name, one] as const))(
  'Grafana draws the page %s: panels have their place and ask what is provisioned, and its name is one that Grafana takes',
  (_, one) => {
    const page = JSON.parse(JSON.stringify(grafanaDashboard(one, 'aws')));
    // Grafana cuts off longer ones, and others would no longer be the same page.
    expect(page.uid).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
    expect([page.editable, page.schemaVersion >= 36]).toEqual([false, true]);
    const panels: Shown[] = page.panels;
    const boxes = panels.map(({ gridPos }) => gridPos);
    for (const [index, box] of boxes.entries()) {
      expect(box.x + box.w).toBeLessThanOrEqual(24);
      expect(boxes.slice(index + 1).filter((other) => overlaps(box, other))).toEqual([]);
    }
    const graphs = panels.filter(({ type }) => type !== 'row');
    expect(graphs.length).toBeGreaterThan(0);
    for (const { datasource: asked, targets = [] } of graphs)
      expect([asked, targets.map(({ refId }) => refId)]).toEqual([datasource, ['A']]);
  },
);

test('what is read on one site alone has no rule on the other', () => {
  const alerts = (site: 'local' | 'aws') =>
    ruleFile(site).groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  expect(alerts('aws')).not.toContain('ReplicationLag');
  expect(alerts('local')).toContain('ReplicationLag');
  expect(alerts('local')).not.toContain('SpotShare');
  for (const job of everywhere) expect(Object.keys(inventory)).toContain(job);
});

test('an alarm of CloudWatch counts in the units of CloudWatch', () => {
  const places = (of: string) => [{ name: `of-${of}`, dimensions: { Of: of } }];
  const alarms = new Map(alarmsOf(places).map((alarm) => [alarm.name, alarm]));
  expect(alarms.get('tickets-replication-lag-of-global-database')).toMatchObject({
    threshold: 10_000,
    comparison: 'GreaterThanThreshold',
    evaluations: 1,
    missing: 'breaching',
  });
  expect(alarms.get('tickets-node-cpu-of-cluster')).toMatchObject({ threshold: 90, evaluations: 15, period: 60 });
  const traffic = alarms.get('tickets-service-traffic-of-edge');
  expect(traffic).toMatchObject({ band: 2, comparison: 'LessThanLowerOrGreaterThanUpperThreshold', evaluations: 3 });
  expect(traffic).not.toHaveProperty('threshold');
});

test('a monitor of Datadog looks at one cluster, for as long as the signal says', () => {
  const made = new Map(monitors('eks-cluster', '@slack-tickets') as [string, { query: string }][]);
  expect(made.get('node-cpu')?.query).toBe(
    'min(last_15m):100 - avg:system.cpu.idle{kube_cluster_name:eks-cluster} by {host} > 90',
  );
  expect(made.get('service-traffic')?.query).toMatch(/^avg\(last_4h\):anomalies\(.*, 'agile', 2, .*\) >= 1$/);
  for (const [name, { query }] of made) expect([name, /\{SCOPE/.test(query)]).toEqual([name, false]);
  expect(JSON.stringify(datadogDashboard('eks-cluster'))).not.toContain('SCOPE');
});
