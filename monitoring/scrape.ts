import { inventory, type Job } from './inventory.ts';

/** Where Prometheus finds what it reads, in one region. */
export type Targets = {
  region: string;
  /** Namespaces of the environments, whose services have `/metrics`. */
  environments: readonly string[];
  hasPipelines: boolean;
  /** The controller before the services, where nothing finds its pods. */
  ingress: { address: string } | { namespace: string; port: number };
  /** What measures the copies of the data. */
  stores: { address: string } | undefined;
};

type Relabel = Record<string, string | string[]>;
const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const asAccount = {
  scheme: 'https',
  authorization: { credentials_file: `${account}/token` },
  tls_config: { ca_file: `${account}/ca.crt` },
};
const rename = (from: string, to: string): Relabel => ({ source_labels: [from], target_label: to });
const keep = (from: string, regex: string): Relabel => ({ source_labels: [from], regex, action: 'keep' });
const service = (name: string, namespace: string, port: number) => ({
  static_configs: [{ targets: [`${name}.${namespace}.svc:${port}`] }],
});
const pods = (...names: readonly string[]) => ({
  kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: [...names] } }],
});
/** Pods that run: those that have ended keep their address. */
const running = keep('__meta_kubernetes_pod_phase', 'Running');

/** Only what the inventory lists is kept. */
const kept = (job: Job): Relabel => keep('__name__', inventory[job].join('|'));

/** The name that Traefik gives to the backend of an Ingress, such as `dev-ticket-http@kubernetes`. */
const backend = '([a-z0-9]+)-(.+)-[a-z0-9]+@kubernetes';

type Config = Record<string, unknown> & { metric_relabel_configs?: Relabel[] };
function job(name: Job, config: Config): Record<string, unknown> {
  const { metric_relabel_configs: more = [], ...rest } = config;
  return { job_name: name, ...rest, metric_relabel_configs: [kept(name), ...more] };
}

/**
 * What a push serves is not to take the memory of who watches all. A page that is larger counts as none, and a service may change its series at each
 * look, which then stay for three hours: so its samples are few, their labels those of the inventory, and the values short. 250 samples are
 * those of 120 shows with a queue.
 */
export const ofServices = {
  sample_limit: 250,
  body_size_limit: '2MB',
  label_limit: 12,
  label_name_length_limit: 40,
  label_value_length_limit: 80,
};
/** The labels that services give themselves; those of the target stand beside them. A value that is longer ends the look. */
const labelsOfServices = ['result', 'show', 'store'];
const labelsOfTarget = ['__name__', 'app', 'environment', 'instance', 'job', 'pod'];

/** Of all others, which are programs of the platform: none of them may grow without an end, either. */
const ofAll = {
  sample_limit: 100_000,
  body_size_limit: '100MB',
  label_limit: 60,
  label_name_length_limit: 200,
  label_value_length_limit: 1000,
};

/** The configuration of Prometheus in a region. */
export function prometheusConfig({ region, environments, hasPipelines, ingress, stores }: Targets): object {
  return {
    global: {
      // Twice a minute: what is rarer than a minute no rule can see, and more often costs processor time for nothing.
      scrape_interval: '30s',
      scrape_timeout: '10s',
      evaluation_interval: '30s',
      external_labels: { region },
      ...ofAll,
    },
    // Memory is short where it shares a machine with what it watches, and it uses hardly any processor time.
    runtime: { gogc: 40 },
    rule_files: ['/etc/prometheus/rules.yaml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager.monitoring.svc:9093'] }] }] },
    scrape_configs: [
      job('cadvisor', {
        ...asAccount,
        kubernetes_sd_configs: [{ role: 'node' }],
        metrics_path: '/metrics/cadvisor',
        // It takes a processor to read it, and the kubelet measures no more often.
        scrape_interval: '60s',
        relabel_configs: [rename('__meta_kubernetes_node_name', 'node')],
        metric_relabel_configs: [
          // Of the groups above those of containers only the whole node.
          { source_labels: ['pod', 'id'], regex: ';/.+', action: 'drop' },
          { regex: 'image|name', action: 'labeldrop' },
        ],
      }),
      job('kube-state-metrics', { honor_labels: true, ...service('kube-state-metrics', 'monitoring', 8080) }),
      job('node-exporter', {
        ...pods('monitoring'),
        relabel_configs: [
          keep('__meta_kubernetes_pod_label_app_kubernetes_io_name', 'node-exporter'),
          running,
          rename('__meta_kubernetes_pod_node_name', 'node'),
        ],
      }),
      // Its answer is the longest of all, and what is kept of it changes slowly.
      job('apiserver', { ...asAccount, ...service('kubernetes', 'default', 443), scrape_interval: '120s' }),
      job('ingress', {
        ...('address' in ingress
          ? { static_configs: [{ targets: [ingress.address] }] }
          : {
              ...pods(ingress.namespace),
              relabel_configs: [running, keep('__meta_kubernetes_pod_container_port_number', `${ingress.port}`)],
            }),
        metric_relabel_configs: [
          { source_labels: ['service'], regex: backend, target_label: 'environment', replacement: '$1' },
          { source_labels: ['service'], regex: backend, target_label: 'app', replacement: '$2' },
          // Of what belongs to no environment nothing.
          keep('environment', environments.join('|')),
          { regex: 'service|protocol|method', action: 'labeldrop' },
        ],
      }),
      job('services', {
        ...ofServices,
        ...pods(...environments),
        relabel_configs: [
          keep('__meta_kubernetes_pod_label_app_kubernetes_io_part_of', 'tickets'),
          keep('__meta_kubernetes_pod_container_port_name', 'http'),
          running,
          rename('__meta_kubernetes_namespace', 'environment'),
          rename('__meta_kubernetes_pod_label_app_kubernetes_io_name', 'app'),
          rename('__meta_kubernetes_pod_name', 'pod'),
        ],
        metric_relabel_configs: [{ regex: [...labelsOfTarget, ...labelsOfServices].join('|'), action: 'labelkeep' }],
      }),
      job('argocd', service('argocd-metrics', 'argocd', 8082)),
      ...(hasPipelines ? [job('tekton', service('tekton-pipelines-controller', 'tekton-pipelines', 9090))] : []),
      job('notifier', service('notifier', 'notifier', 8080)),
      ...(stores ? [job('stores', { static_configs: [{ targets: [stores.address] }] })] : []),
      job('prometheus', { static_configs: [{ targets: ['localhost:9090'] }] }),
      job('alertmanager', service('alertmanager', 'monitoring', 9093)),
    ],
  };
}

/** The notifier turns what Alertmanager groups into messages. */
export const alertsUrl = 'http://notifier.notifier.svc:8081/alerts';

/** The configuration of Alertmanager: one message for each alert with all that it is about, again after half a day, and one when it ends. */
export const alertmanagerConfig = {
  route: {
    receiver: 'notifier',
    group_by: ['alertname'],
    group_wait: '10s',
    group_interval: '1m',
    repeat_interval: '12h',
  },
  receivers: [
    {
      name: 'notifier',
      webhook_configs: [{ url: alertsUrl, send_resolved: true, max_alerts: 50, timeout: '60s' }],
    },
  ],
};
