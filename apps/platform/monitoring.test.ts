import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Manifest } from '../../lib/kube/render.ts';
import { prometheusConfig } from '../../monitoring/scrape.ts';
import { sites } from '../../trees.testing.ts';

const all = Object.entries({ aws: sites.aws, local: sites.local });
const named = (tree: (typeof sites)['aws'], kind: string, name: string): Manifest[] =>
  tree.map(({ object }) => object).filter((object) => object.kind === kind && object.metadata.name === name);

test.each(all)(
  '%s: Alertmanager alone posts alerts to the notifier, and Prometheus alone reads its metrics',
  (_, tree) => {
    const policies = named(tree, 'NetworkPolicy', 'notifier');
    expect(policies).toHaveLength(2);
    for (const { spec } of policies)
      expect(
        spec.ingress.map(({ from, ports }: Manifest) => [
          from.map((peer: Manifest) => [
            peer.namespaceSelector.matchLabels['kubernetes.io/metadata.name'],
            peer.podSelector.matchLabels['app.kubernetes.io/name'],
          ]),
          ports.map(({ port }: Manifest) => port),
        ]),
      ).toEqual([
        [[['monitoring', 'prometheus']], [8080]],
        [[['monitoring', 'alertmanager']], [8081]],
      ]);
  },
);

test.each(all)(
  '%s: the notifier records the alerts that it notified in one ConfigMap, and may touch no other',
  (_, tree) => {
    const roles = named(tree, 'Role', 'notifier').filter(({ metadata }) => metadata.namespace === 'notifier');
    expect(named(tree, 'ConfigMap', 'alerts-told').map(({ data }) => data)).toEqual([undefined, undefined]);
    expect(roles.map(({ rules }) => rules)).toEqual(
      ['seoul', 'tokyo'].map(() => [
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['alerts-told'], verbs: ['get', 'patch'] },
      ]),
    );
  },
);

test.each(all)('%s: who watches may look at metrics, nodes, pods and autoscalers, and at no Secret', (_, tree) => {
  const rights = tree
    .filter(({ path, object }) => path.includes('/monitoring/') && /^(?:Cluster)?Role$/.test(object.kind))
    .flatMap(({ object }) => object.rules as Manifest[]);
  expect(rights.length).toBeGreaterThan(8);
  const resources = new Set(rights.flatMap((rule) => rule.resources ?? rule.nonResourceURLs));
  expect([...resources].sort()).toEqual([
    ...['/metrics', 'deployments', 'horizontalpodautoscalers', 'nodes', 'nodes/metrics', 'pods'],
  ]);
  expect(new Set(rights.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list', 'watch']));
});

test.each(all)('%s: nobody reaches what watches but each other', (of, tree) => {
  const reached = Object.fromEntries(
    tree
      .filter(({ path, object }) => path.startsWith('rendered/seoul/monitoring/') && object.kind === 'NetworkPolicy')
      .map(({ object: { metadata, spec } }) => [
        metadata.name,
        (spec.ingress ?? []).flatMap(({ from }: Manifest) =>
          from.map((peer: Manifest) => peer.podSelector.matchLabels['app.kubernetes.io/name']),
        ),
      ]),
  );
  const grafana = of === 'aws' ? { grafana: [] } : {};
  expect(reached).toEqual({
    ...{ alertmanager: ['prometheus'], 'kube-state-metrics': ['prometheus'], 'node-exporter': ['prometheus'] },
    ...{ prometheus: of === 'aws' ? ['grafana'] : [], ...grafana },
  });
});

test('each region has the jobs of what it runs, and keeps metrics of the inventory alone', () => {
  const configs = named(sites.local, 'ConfigMap', 'prometheus-etc-prometheus').map(({ data }) =>
    parse(data['prometheus.yaml']),
  );
  const jobs = configs.map(({ scrape_configs }) => scrape_configs.map((job: Manifest) => job.job_name));
  expect(jobs[0]).toContain('tekton');
  expect(jobs[1]).not.toContain('tekton');
  for (const { scrape_configs } of configs)
    for (const job of scrape_configs)
      expect([job.job_name, job.metric_relabel_configs[0]]).toEqual([
        job.job_name,
        expect.objectContaining({ action: 'keep', source_labels: ['__name__'] }),
      ]);
});

const configsOf = (tree: (typeof sites)['aws']) =>
  named(tree, 'ConfigMap', 'prometheus-etc-prometheus').map(({ data }) => parse(data['prometheus.yaml']));
const limits = [
  'sample_limit',
  'body_size_limit',
  'label_limit',
  'label_name_length_limit',
  'label_value_length_limit',
];

test.each(all)('%s: every job has limits, and none raises those of all', (_, tree) => {
  const numbers = (from: Manifest) => limits.map((name) => Number.parseInt(from[name], 10));
  for (const { global, scrape_configs } of configsOf(tree)) {
    const most = numbers(global);
    expect(most.every((limit) => limit > 0)).toBe(true);
    for (const job of scrape_configs)
      for (const [at, limit] of numbers({ ...global, ...job }).entries())
        expect([job.job_name, limits[at], limit > 0 && limit <= (most[at] as number)]).toEqual([
          ...[job.job_name, limits[at], true],
        ]);
  }
});

/**
 * Measured with Prometheus 3.16 and `gogc: 40`: 1,050 bytes of resident memory a series, with one label of 45 characters; here are up to four of 80.
 * Series that are not served any more stay for one and a half blocks of two hours.
 */
const [bytesPerSeries, headSeconds] = [1050 + 4 * 80, 3 * 3600];
const bytes = (quantity: string) =>
  Number.parseInt(quantity, 10) * (quantity.endsWith('Gi') ? 2 ** 30 : quantity.endsWith('Mi') ? 2 ** 20 : Number.NaN);

test.each(all)('%s: the metrics of a service fit into the memory of Prometheus', (site, tree) => {
  const [{ scrape_configs, global }] = configsOf(tree) as [Manifest];
  const services = scrape_configs.find((job: Manifest) => job.job_name === 'services');
  const [prometheus] = named(tree, 'Deployment', 'prometheus') as [Manifest];
  const memory = bytes(prometheus.spec.template.spec.containers[0].resources.limits.memory);
  const pods = tree
    .filter(({ path, object }) => /^rendered\/(?:dev|prod)\//.test(path) && object.kind === 'HorizontalPodAutoscaler')
    .map(({ object }) => ({ service: object.metadata.name, most: object.spec.maxReplicas as number }));
  const seriesOf = (some: typeof pods) => services.sample_limit * some.reduce((sum, { most }) => sum + most, 0);
  const every = Number.parseInt(services.scrape_interval ?? global.scrape_interval, 10);
  expect([pods.length, every]).toEqual([6, 30]);
  // All of them, with as many series as they may have.
  expect(seriesOf(pods) * bytesPerSeries).toBeLessThan(memory / 10);
  // One whose code was taken over, in all its pods, with other series at each look; the others and the platform's own have the rest.
  const hostile = seriesOf(pods.filter(({ service }) => service === 'ticket')) * (headSeconds / every) * bytesPerSeries;
  // On one machine memory is shorter: docs/security.md.
  if (site === 'aws') expect(hostile).toBeLessThan(memory * 0.7);
});

test('of a service those labels stay that the inventory knows', () => {
  const [{ scrape_configs }] = configsOf(sites.aws) as [Manifest];
  const services = scrape_configs.find((job: Manifest) => job.job_name === 'services');
  const { regex, action } = services.metric_relabel_configs.at(-1);
  const stays = (label: string) => new RegExp(`^(?:${regex})$`).test(label);
  expect(action).toBe('labelkeep');
  expect(['__name__', 'show', 'store', 'result', 'pod', 'app', 'environment'].filter((label) => !stays(label))).toEqual(
    [],
  );
  expect(['user', 'showx', 'xpod', '__name'].filter(stays)).toEqual([]);
});

test('a service of a name with dashes keeps it, and what is no environment has no metrics of the ingress', () => {
  const { scrape_configs: jobs } = prometheusConfig({
    ...{ region: 'seoul', environments: ['dev', 'prod'], hasPipelines: false, stores: undefined },
    ingress: { namespace: 'ingress', port: 9100 },
  }) as { scrape_configs: Manifest[] };
  const ingress = jobs.find(({ job_name }) => job_name === 'ingress');
  const [, environment, app, keep] = ingress?.metric_relabel_configs ?? [];
  const backend = new RegExp(`^(?:${environment.regex})$`);
  const named = (text: string) => text.match(backend)?.slice(1, 3);
  expect(named('prod-seat-map-http@kubernetes')).toEqual(['prod', 'seat-map']);
  expect([environment.replacement, app.replacement, keep.regex]).toEqual(['$1', '$2', 'dev|prod']);
});
