import { ApiObject } from 'cdk8s';
import { stringify } from 'yaml';
import { datadogDashboard, monitors } from '../../monitoring/datadog.ts';
import { traefikMetrics } from '../../monitoring/sold.ts';
import type { Build, Component } from '../app.ts';
import { secretsOf } from './secrets.ts';

const namespace = 'datadog';
const secretName = 'datadog';

/** The agent's check of what Traefik shows to Prometheus: the same metrics, by the names of our queries. */
const traefikCheck = (ingress: { port: number } | object | undefined) => ({
  ad_identifiers: ['traefik'],
  init_config: {},
  instances: [
    {
      openmetrics_endpoint: `http://%%host%%:${ingress && 'port' in ingress ? ingress.port : 9100}/metrics`,
      namespace: 'traefik',
      metrics: Object.entries(traefikMetrics).map(([name, called]) => ({ [name]: called })),
      // For p99.
      histogram_buckets_as_distributions: true,
    },
  ],
});

/** What Datadog's operator makes of it: the agents on every node with their rights, and the monitors and the page by Datadog's own API. */
const build: Build = (chart, { site, region }) => {
  const datadog = site.regions[region.name].monitoring?.datadog;
  if (!datadog) return;
  const { cluster, site: address, handle } = datadog;
  const { ingress } = site.regions[region.name].monitoring ?? {};
  const object = (kind: string, apiVersion: string, name: string, spec: object) =>
    new ApiObject(chart, `${kind}-${name}`.toLowerCase(), { apiVersion, kind, metadata: { name }, spec });
  object('DatadogAgent', 'datadoghq.com/v2alpha1', 'datadog', {
    global: {
      clusterName: cluster,
      site: address,
      // Of hosts, for the map and for what they cost.
      nodeLabelsAsTags: { 'karpenter.sh/capacity-type': 'karpenter_capacity_type' },
      credentials: {
        apiSecret: { secretName, keyName: 'api-key' },
        appSecret: { secretName, keyName: 'app-key' },
      },
    },
    features: {
      kubeStateMetricsCore: { enabled: true },
      orchestratorExplorer: { enabled: true },
      // Logs go to CloudWatch and S3, and services are not traced.
      logCollection: { enabled: false },
      apm: { enabled: false },
    },
    // The agent on the node of a pod of Traefik asks it; by itself none does.
    override: {
      nodeAgent: { extraConfd: { configDataMap: { 'openmetrics.yaml': stringify(traefikCheck(ingress)) } } },
    },
  });
  const generic = (type: string, name: string, json: object) =>
    object('DatadogGenericResource', 'datadoghq.com/v1alpha1', name, { type, jsonSpec: JSON.stringify(json) });
  for (const [name, json] of monitors(cluster, handle)) generic('monitor', name, json);
  generic('dashboard', 'tickets', datadogDashboard(cluster));
};

export const datadog: Component = {
  name: namespace,
  // Made with the operator (docs/aws.md): its agents look at the node itself, which no namespace of ours allows.
  namespace,
  wave: 0,
  on: ({ name }, site) => site.regions[name].monitoring?.datadog !== undefined,
  charts: { ...secretsOf(namespace), 'apps/platform/datadog.ts': build },
};
