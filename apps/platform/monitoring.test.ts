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
