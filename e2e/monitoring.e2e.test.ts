/** What goes wrong is seen in metric, alert and Slack, and a load in the number of replicas. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { namespace } from '../local/machine/network.ts';
import { run, until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { processes } from '../local/sandbox/sandbox.ts';
import { storesName } from '../local/stores/stores.ts';
import { entrance, hostOf, regions, seoul, servicesPort, tokyo } from '../local/topology.ts';
import { inventory, metricsOf, ownMetrics } from '../monitoring/inventory.ts';
import { dashboards, panelsOf } from '../monitoring/panels.ts';
import { prometheusConfig } from '../monitoring/scrape.ts';
import { environments } from '../overlays/environments/index.ts';
import { localImages } from '../overlays/sites/local.testing.ts';
import { local } from '../overlays/sites/local.ts';
import { ask, callers } from './callers.ts';
import { object, stoppedAt } from './cluster.ts';
import { pushedContracts } from './contracts.ts';
import { push } from './forge.ts';
import { allPromoted, arrives, bringUp, upMs } from './platform.ts';
import { alertMessage, fires, query, seen } from './prometheus.ts';
import { newShow, removeShows } from './shows.ts';

beforeAll(async () => {
  await bringUp();
  await allPromoted('dr');
}, upMs + 900_000);
afterAll(removeShows);

/** The jobs that Prometheus of a region has. */
function jobsOf(name: 'seoul' | 'tokyo'): string[] {
  const { monitoring } = local(localImages).regions[name];
  if (!monitoring) throw new Error('the local site has no monitoring');
  const { scrape_configs: jobs } = prometheusConfig({
    ...{ region: name, hasPipelines: name === 'seoul', ingress: monitoring.ingress, stores: monitoring.stores },
    environments: environments.filter(({ region }) => region === name).map((one) => one.name),
  }) as { scrape_configs: { job_name: string }[] };
  return jobs.map(({ job_name }) => job_name).sort();
}

describe.each(regions)('in $name', (region) => {
  test('every job has targets, and all of them answer', async () => {
    await until(
      `${region.name}: targets`,
      240,
      async () => {
        const up = await query(region, 'up');
        const down = up.filter(({ value }) => value === 0).map(({ labels }) => `${labels.job} ${labels.instance}`);
        const found = [...new Set(up.map(({ labels }) => labels.job))].sort();
        if (down.length > 0 || `${found}` !== `${jobsOf(region.name)}`) throw new Error(`${found}; down: ${down}`);
        return true;
      },
      3000,
    );
  }, 300_000);

  test('it takes no more than 200 MB and 5 % of a core, which is half of what both may', async () => {
    const all = 'namespace="monitoring",container!=""';
    const [memory] = await query(region, `sum(container_memory_working_set_bytes{${all}})`);
    const [cores] = await query(region, `sum(rate(container_cpu_usage_seconds_total{${all}}[10m]))`);
    console.log(
      `${region.name}: monitoring: ${Math.round((memory?.value ?? 0) / 1e6)} MB, ${cores?.value.toFixed(3)} cores`,
    );
    expect(memory?.value).toBeGreaterThan(0);
    expect(memory?.value).toBeLessThan(200e6);
    expect(cores?.value).toBeLessThan(0.05);
  });
});

/** The processes of the containers of a pod, on this machine; the pause container stays. */
const processesOf = (uid: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
        return groups.includes(uid) && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'pause';
      } catch {
        return false; // It ended meanwhile.
      }
    });

/** Faults of different parts, so all of them happen at once, and each test waits for its own. */
const faults = {
  container: async () => {
    const began = new Date();
    const { items } = await object(seoul, 'pods', '-n', 'dev', '-l', 'app.kubernetes.io/name=live');
    const { name, uid } = items[0].metadata;
    const killed = processesOf(uid);
    expect(killed.length).toBeGreaterThan(0);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    const restarts = `kube_pod_container_status_restarts_total{namespace="dev",pod="${name}"}`;
    await seen(seoul, restarts, 120, ({ value }) => value > 0);
    await fires(seoul, 'PodRestarted', { namespace: 'dev', pod: name }, 120);
    expect(await alertMessage(began, ['PodRestarted', 'seoul', name])).toContain('To do: kubectl describe pod');
  },
  gate: async () => {
    const began = new Date();
    const broken = pushedContracts.find(({ gate }) => gate === 'unit-test');
    const red = await push('ticket', 'Stopped, and seen by Prometheus\n', broken?.change);
    expect(await stoppedAt(red)).toEqual(['unit-test']);
    const failed = (gate: string) => `pipeline_last_run_failed{service="ticket",gate="${gate}"}`;
    await seen(seoul, failed('unit-test'), 120, ({ value }) => value === 1);
    await fires(seoul, 'GateRed', { service: 'ticket', gate: 'unit-test' }, 120);
    await alertMessage(began, ['GateRed', 'service: ticket', 'gate: unit-test']);
    const mended = new Date();
    await arrives('ticket', await push('ticket', 'Green again\n'));
    await seen(seoul, failed('none'), 120, ({ value }) => value === 0);
    await alertMessage(mended, ['GateRed', 'resolved'], 480);
  },
  replication: async () => {
    const began = new Date();
    const receivers = processes(storesName(tokyo)).filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('walreceiver'),
    );
    expect(receivers).toHaveLength(1);
    for (const pid of receivers) process.kill(pid, 'SIGSTOP');
    const lag = 'replication_lag_seconds{store="postgresql"}';
    try {
      await seen(tokyo, lag, 120, ({ value }) => value > 10);
      await fires(tokyo, 'ReplicationLag', { store: 'postgresql' }, 240);
      await alertMessage(began, ['🚨 ReplicationLag', 'tokyo', 'postgresql']);
    } finally {
      // The server may have ended it meanwhile.
      for (const pid of receivers) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGCONT');
    }
    const mended = new Date();
    await seen(tokyo, lag, 240, ({ value }) => value < 10);
    await alertMessage(mended, ['💚 ReplicationLag', 'resolved'], 480);
  },
  queue: async () => {
    const began = new Date();
    const show = await newShow('dev', { admitPerSecond: { N: '1' }, admitWindow: { N: '2' } });
    await callers(50, 1200, (n) => ask('booking', 'dev', '/queue', { body: { show }, as: `person-${n}` }));
    await seen(seoul, `queue_waiting{environment="dev",show="${show}"}`, 180, ({ value }) => value > 500);
    await fires(seoul, 'QueueWaiting', { environment: 'dev', show }, 300);
    await alertMessage(began, ['QueueWaiting', show]);
  },
};

describe('faults are seen in metric, alert and Slack', () => {
  const happening: { [fault in keyof typeof faults]?: Promise<void> } = {};
  beforeAll(() => {
    for (const fault of Object.keys(faults) as (keyof typeof faults)[]) happening[fault] = faults[fault]();
    // A fault that fails before its test waits for it is not unhandled.
    for (const one of Object.values(happening)) one.catch(() => {});
  });
  test('a container that is killed', () => happening.container, 400_000);
  test('a queue that is long', () => happening.queue, 900_000);
  test('replication that stands still, and that it goes on', () => happening.replication, 1_500_000);
  test('a red gate, and that it is green again', () => happening.gate, 1_500_000);
});

test('under load the autoscaler adds a replica, and Prometheus sees both', async () => {
  const replicas =
    'kube_horizontalpodautoscaler_status_current_replicas{namespace="dev",horizontalpodautoscaler="ticket"}';
  const used =
    'kube_horizontalpodautoscaler_status_target_metric{namespace="dev",horizontalpodautoscaler="ticket",metric_name="cpu",metric_target_type="utilization"}';
  let loaded = true;
  const load = (async () => {
    // Behind the entrance, which lets through five a second of these.
    const url = `http://${seoul.address}:${servicesPort}/version?[1-2000]`;
    const host = `Host: ${hostOf('ticket', 'dev')}`;
    const quiet = ['--silent', '--output', '/dev/null', '--parallel', '--parallel-max', '20', '--header', host];
    while (loaded) await run('nsenter', [`--net=/run/netns/${namespace(entrance)}`, 'curl', ...quiet, url]);
  })();
  try {
    await seen(seoul, used, 300, ({ value }) => value > 70);
    await seen(seoul, replicas, 300, ({ value }) => value === 2);
  } finally {
    loaded = false;
    await load;
  }
  expect(Number(await kubectl(seoul, 'get hpa ticket -n dev -o jsonpath={.status.currentReplicas}'))).toBe(2);
}, 900_000);

/** They have series only while something is wrong, or what they count has happened. */
const onlyWhenWrong = [
  'pod crash loop',
  'service saturated',
  'queue stuck',
  'application out of sync',
  'application unhealthy',
  'target missing',
  // Of a topic or a gate that nobody used yet.
  'Events by result',
];

test('every query of a dashboard has data in the region that has its metrics, and each metric of the inventory is there', async () => {
  // Last, because runs and faults of the tests before are data, too.
  const show = await newShow('dev', { admitPerSecond: { N: '5' }, admitWindow: { N: '5' } });
  await callers(5, 20, (n) => ask('booking', 'dev', '/queue', { body: { show }, as: `early-${n}` }));
  await callers(5, 100, () => ask('ticket', 'dev', '/version'));
  const panels = dashboards.flatMap(({ subjects }) => subjects.flatMap((subject) => panelsOf(subject, 'local')));
  expect(panels.length).toBeGreaterThan(50);
  const hasData = async (promql: string) =>
    (await Promise.all(regions.map((region) => query(region, promql)))).flat().length > 0;
  const without = async <T>(all: readonly T[], promqlOf: (one: T) => string): Promise<T[]> => {
    const none: T[] = [];
    for (const one of all) if (!(await hasData(promqlOf(one)))) none.push(one);
    return none;
  };
  // A rate has a value when its window has two samples.
  let silent = panels.filter(({ title }) => !onlyWhenWrong.includes(title));
  await until(
    'every panel has data',
    240,
    async () => {
      silent = await without(silent, ({ query: promql }) => promql);
      if (silent.length > 0) throw new Error(`no data: ${silent.map(({ title }) => title).join(', ')}`);
      return true;
    },
    10_000,
  );
  const named = new Set(panels.flatMap(({ query: promql }) => metricsOf(promql)));
  const read = Object.values(inventory)
    .flat()
    .filter((name) => named.has(name) && !(ownMetrics as string[]).includes(name));
  const missing = await without(read, (name) => `count(${name})`);
  // The kubelet waits with no container now, and the metric is of those that wait.
  expect(missing.filter((name) => name !== 'kube_pod_container_status_waiting_reason')).toEqual([]);
}, 400_000);
