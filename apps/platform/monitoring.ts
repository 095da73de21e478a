import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { stringify } from 'yaml';
import { restricted } from '../../charts/namespace.ts';
import { type Program, program } from '../../charts/program.ts';
import { apiServerPorts, egressToDns, podsNamed, toPort } from '../../lib/kube/network-policy.ts';
import { rightsOf } from '../../lib/kube/rights.ts';
import { datasource, grafanaDashboard } from '../../monitoring/grafana.ts';
import { dashboards } from '../../monitoring/panels.ts';
import { ruleFile, type SiteName } from '../../monitoring/rules.ts';
import { alertmanagerConfig, prometheusConfig, type Targets } from '../../monitoring/scrape.ts';
import type { Monitoring } from '../../overlays/overlay.ts';
import type { Build, Component, Target } from '../app.ts';

const namespace = 'monitoring';
const port = { prometheus: 9090, alertmanager: 9093, kubeStateMetrics: 8080, nodeExporter: 9100, grafana: 3000 };
/** The same for every region, and so made once. */
const textOf = (site: SiteName): string => stringify(ruleFile(site), { lineWidth: 0 });
const rules = { aws: textOf('aws'), local: textOf('local') };
const pages = Object.fromEntries(
  dashboards.map((one) => [`${one.name}.json`, `${JSON.stringify(grafanaDashboard(one, 'aws'), null, 1)}\n`]),
);

/** Its address is unknown here, and its ports are known. */
const apiServer: k8s.NetworkPolicyEgressRule = { ports: apiServerPorts.flatMap(toPort) };
const own = (name: string, to: number): k8s.NetworkPolicyEgressRule => ({
  to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } }],
  ports: toPort(to),
});
const from = (name: string, at: number): k8s.NetworkPolicyIngressRule => ({
  from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } }],
  ports: toPort(at),
});
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });

type Where = { chart: Chart; target: Target; monitoring: Monitoring };

/** Rights of a program of ours in all of the cluster. */
function clusterRole(chart: Chart, name: string, rules: k8s.PolicyRule[]): void {
  const metadata = { name, labels: { 'app.kubernetes.io/name': name } };
  new k8s.KubeClusterRole(chart, `${name}-cluster-role`, { metadata, rules });
  new k8s.KubeClusterRoleBinding(chart, `${name}-cluster-role-binding`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
}

/** Where an address outside of the pods is, for a rule. */
const outside = (address: string): { cidr: string; port: number } => {
  const [host, number] = address.split(':') as [string, string];
  return { cidr: `${host}/32`, port: Number(number) };
};

function prometheus({ chart, target, monitoring }: Where): void {
  const { site, region, overlays, services } = target;
  const environments = overlays.map(({ name }) => name);
  const { ingress, stores, keeps, volume } = monitoring;
  const targets: Targets = { region: region.name, environments, hasPipelines: region.hasPipelines, ingress, stores };
  // It finds nodes everywhere, and pods where a Role says so.
  clusterRole(chart, 'prometheus', [
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
    { nonResourceUrLs: ['/metrics'], verbs: ['get'] },
  ]);
  const searched = [...environments, namespace, ...('namespace' in ingress ? [ingress.namespace] : [])];
  const search = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }];
  rightsOf(chart, { name: 'prometheus', namespace }, Object.fromEntries(searched.map((name) => [name, search])));
  if (volume)
    new k8s.KubeStorageClass(chart, 'prometheus-storage-class', {
      metadata: { name: 'monitoring' },
      ...{ provisioner: volume.provisioner, parameters: volume.parameters },
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
  const ports = [...new Set(services.flatMap((service) => ('port' in service ? [service.port as number] : [])))];
  const addresses = [ingress, stores].flatMap((one) => (one && 'address' in one ? [outside(one.address)] : []));
  program(chart, {
    name: 'prometheus',
    image: monitoring.images.prometheus,
    args: [
      '--config.file=/etc/prometheus/prometheus.yaml',
      '--storage.tsdb.path=/prometheus',
      `--storage.tsdb.retention.time=${keeps.days}d`,
      // Less than the volume: what is not yet in a block comes on top.
      `--storage.tsdb.retention.size=${800 * Number.parseInt(keeps.size, 10)}MB`,
      '--web.listen-address=:9090',
    ],
    ports: { http: port.prometheus },
    health: { live: '/-/healthy', ready: '/-/ready' },
    resources: {
      requests: { cpu: '50m', memory: '256Mi' },
      limits: { cpu: '1', memory: volume ? '2Gi' : '512Mi' },
    },
    files: {
      '/etc/prometheus': {
        'prometheus.yaml': stringify(prometheusConfig(targets), { lineWidth: 0 }),
        'rules.yaml': volume ? rules.aws : rules.local,
      },
    },
    data: [{ path: '/prometheus', size: keeps.size, ...(volume ? { claim: { storageClass: 'monitoring' } } : {}) }],
    callsApi: true,
    nodes: site.onDemandNodes,
    // Nobody but Grafana, where it is; people come by the API server.
    ingress: monitoring.grafana ? [from('grafana', port.prometheus)] : [],
    egress: [
      egressToDns,
      { ports: [...apiServerPorts, 10250].flatMap(toPort) },
      own('alertmanager', port.alertmanager),
      own('kube-state-metrics', port.kubeStateMetrics),
      own('node-exporter', port.nodeExporter),
      { to: [podsNamed('notifier', 'notifier')], ports: toPort(8080) },
      { to: environments.map(inNamespace), ports: ports.flatMap(toPort) },
      { to: [inNamespace('argocd')], ports: toPort(8082) },
      ...(region.hasPipelines ? [{ to: [inNamespace('tekton-pipelines')], ports: toPort(9090) }] : []),
      ...('namespace' in ingress ? [{ to: [inNamespace(ingress.namespace)], ports: toPort(ingress.port) }] : []),
      ...addresses.map(({ cidr, port }) => ({ to: [{ ipBlock: { cidr } }], ports: toPort(port) })),
    ],
  });
}

/** What kube-state-metrics counts. No Secrets and no ConfigMaps: whoever may list those may read them. */
const counted: k8s.PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list', 'watch'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list', 'watch'] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list', 'watch'] },
];

const exporters = (site: Target['site'], { images }: Monitoring): Program[] => [
  {
    name: 'kube-state-metrics',
    image: images.kubeStateMetrics,
    args: [
      '--resources=deployments,horizontalpodautoscalers,nodes,pods',
      '--metric-labels-allowlist=nodes=[karpenter.sh/capacity-type]',
      `--port=${port.kubeStateMetrics}`,
      '--telemetry-port=8081',
    ],
    ports: { http: port.kubeStateMetrics, telemetry: 8081 },
    health: { live: '/livez', ready: '/healthz' },
    resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { cpu: '250m', memory: '192Mi' } },
    callsApi: true,
    nodes: site.onDemandNodes,
    ingress: [from('prometheus', port.kubeStateMetrics)],
    egress: [egressToDns, apiServer],
  },
  {
    // Of /proc it sees the node's processors, memory and disks without any right on the node. The kubelet reports network and file systems of the node.
    name: 'node-exporter',
    image: images.nodeExporter,
    args: [
      '--collector.disable-defaults',
      ...['cpu', 'diskstats', 'loadavg', 'meminfo'].map((name) => `--collector.${name}`),
      '--web.disable-exporter-metrics',
      `--web.listen-address=:${port.nodeExporter}`,
    ],
    ports: { http: port.nodeExporter },
    health: { live: '/', ready: '/' },
    resources: { requests: { cpu: '5m', memory: '16Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
    everywhere: true,
    ingress: [from('prometheus', port.nodeExporter)],
    egress: [],
  },
  {
    name: 'alertmanager',
    image: images.alertmanager,
    args: [
      '--config.file=/etc/alertmanager/alertmanager.yaml',
      '--storage.path=/alertmanager',
      // One replica has no peer to notify.
      '--cluster.listen-address=',
      `--web.listen-address=:${port.alertmanager}`,
    ],
    ports: { http: port.alertmanager },
    health: { live: '/-/healthy', ready: '/-/ready' },
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '250m', memory: '128Mi' } },
    files: { '/etc/alertmanager': { 'alertmanager.yaml': stringify(alertmanagerConfig) } },
    data: [{ path: '/alertmanager', size: '64Mi' }],
    nodes: site.onDemandNodes,
    ingress: [from('prometheus', port.alertmanager)],
    egress: [egressToDns, { to: [podsNamed('notifier', 'notifier')], ports: toPort(8081) }],
  },
];

/** Pages that nobody edits, for whoever may forward a port of its pod: it has no users of its own, and so no passwords. */
const grafana = (site: Target['site'], image: string): Program => ({
  name: 'grafana',
  image,
  args: [],
  env: {
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    GF_AUTH_BASIC_ENABLED: 'false',
    GF_AUTH_DISABLE_LOGIN_FORM: 'true',
    GF_PATHS_PROVISIONING: '/etc/grafana/provisioning',
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    GF_USERS_DEFAULT_THEME: 'light',
  },
  ports: { http: port.grafana },
  health: { live: '/api/health', ready: '/api/health' },
  resources: { requests: { cpu: '20m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
  files: {
    '/etc/grafana/provisioning/datasources': {
      'prometheus.yaml': stringify({
        apiVersion: 1,
        datasources: [
          {
            name: 'Prometheus',
            ...datasource,
            url: 'http://prometheus.monitoring.svc:9090',
            access: 'proxy',
            isDefault: true,
          },
        ],
      }),
    },
    '/etc/grafana/provisioning/dashboards': {
      'tickets.yaml': stringify({
        apiVersion: 1,
        providers: [{ name: 'tickets', type: 'file', options: { path: '/etc/grafana/dashboards' } }],
      }),
    },
    '/etc/grafana/dashboards': pages,
  },
  data: [{ path: '/var/lib/grafana', size: '256Mi' }],
  nodes: site.onDemandNodes,
  ingress: [],
  egress: [egressToDns, own('prometheus', port.prometheus)],
});

const build: Build = (chart, target) => {
  const { site, region } = target;
  const { monitoring } = site.regions[region.name];
  if (!monitoring) return;
  prometheus({ chart, target, monitoring });
  clusterRole(chart, 'kube-state-metrics', counted);
  for (const one of exporters(site, monitoring)) program(chart, one);
  if (monitoring.grafana) program(chart, grafana(site, monitoring.grafana));
};

export const monitoring: Component = {
  name: namespace,
  namespace,
  wave: 0,
  on: ({ name }, site) => site.regions[name].monitoring !== undefined,
  makesNamespace: restricted,
  charts: { 'apps/platform/monitoring.ts': build },
};
