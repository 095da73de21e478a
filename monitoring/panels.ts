import { readByPrometheus, type SiteName } from './rules.ts';
import { limitOf, type Signal, type Subject, subjects, type Unit } from './signal.ts';

/** A graph. Those of signals show their limit, too. */
export type Panel = {
  title: string;
  unit: Unit;
  query: string;
  limit?: number;
  /** Metrics that are there on one site alone. */
  only?: SiteName;
};

/** Pods that have ended ask for nothing any more. */
const ofRunning = 'and on (namespace, pod) (kube_pod_status_phase{phase="Running"} == 1)';

/** What people want to see besides the signals: it is never wrong by itself. */
const more: Partial<Record<Subject, readonly Panel[]>> = {
  nodes: [
    { title: 'Load of a node', unit: 'count', query: 'node_load1' },
    {
      title: 'Time that disks are busy',
      unit: 'ratio',
      query: 'sum by (node) (rate(node_disk_io_time_seconds_total[5m]))',
    },
    {
      title: 'Processors that pods ask for, of those that there are',
      unit: 'ratio',
      query: `sum(kube_pod_container_resource_requests{resource="cpu"} ${ofRunning}) / sum(kube_node_status_allocatable{resource="cpu"})`,
    },
    {
      title: 'Memory that pods ask for, of that which there is',
      unit: 'ratio',
      query: `sum(kube_pod_container_resource_requests{resource="memory"} ${ofRunning}) / sum(kube_node_status_allocatable{resource="memory"})`,
    },
  ],
  pods: [
    { title: 'Pods by phase', unit: 'count', query: 'sum by (phase) (kube_pod_status_phase)' },
    {
      title: 'Processors of each pod',
      unit: 'count',
      query: 'topk(10, sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container!=""}[5m])))',
    },
    {
      title: 'Time in which a pod waits because of its limit of processors',
      unit: 'ratio',
      query:
        'topk(10, sum by (namespace, pod) (rate(container_cpu_cfs_throttled_periods_total{container!=""}[5m])) / sum by (namespace, pod) (rate(container_cpu_cfs_periods_total{container!=""}[5m])))',
    },
    {
      title: 'Network of each pod',
      unit: 'bytes per second',
      query:
        'topk(10, sum by (namespace, pod) (rate(container_network_receive_bytes_total{pod!=""}[5m])) + sum by (namespace, pod) (rate(container_network_transmit_bytes_total{pod!=""}[5m])))',
    },
  ],
  services: [
    {
      title: 'Requests by status',
      unit: 'per second',
      query: 'sum by (environment, app, code) (rate(traefik_service_requests_total[5m]))',
    },
    {
      title: 'Half of the requests take less than',
      unit: 'seconds',
      query:
        'histogram_quantile(0.5, sum by (environment, app, le) (rate(traefik_service_request_duration_seconds_bucket[5m])))',
    },
    {
      title: 'Replicas of services',
      unit: 'count',
      query: 'max by (namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_current_replicas)',
    },
    {
      title: 'Replicas that the autoscaler wants',
      unit: 'count',
      query: 'max by (namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_desired_replicas)',
    },
  ],
  queue: [
    {
      title: 'People let in',
      unit: 'per second',
      query: 'sum by (environment, show) (deriv(queue_admitted[5m]))',
    },
    { title: 'Places given', unit: 'per second', query: 'sum by (environment) (rate(queue_numbered_total[5m]))' },
    { title: 'Events by result', unit: 'per second', query: 'sum by (environment, result) (rate(events_total[5m]))' },
  ],
  pipelines: [
    {
      title: 'Runs under way',
      unit: 'count',
      query: 'sum(tekton_pipelines_controller_running_pipelineruns)',
    },
    { title: 'Tasks under way', unit: 'count', query: 'sum(tekton_pipelines_controller_running_taskruns)' },
    {
      title: 'Since the last run of a service ended',
      unit: 'seconds',
      query: 'time() - max by (service) (pipeline_last_run_end_seconds)',
    },
  ],
  deployments: [
    { title: 'Applications by health', unit: 'count', query: 'sum by (health_status) (argocd_app_info)' },
    {
      title: 'Syncs',
      unit: 'per second',
      query: 'sum by (phase) (rate(argocd_app_sync_total[5m]))',
    },
  ],
  cost: [
    {
      title: 'Nodes by capacity type',
      unit: 'count',
      query: 'count by (label_karpenter_sh_capacity_type) (kube_node_labels)',
    },
    {
      // Two values a minute.
      title: 'Hours of nodes in the last day, by capacity type',
      unit: 'count',
      query: 'sum by (label_karpenter_sh_capacity_type) (count_over_time(kube_node_labels[1d])) / 120',
    },
  ],
  monitoring: [
    { title: 'Alerts', unit: 'count', query: 'sum by (alertname, alertstate) (ALERTS)' },
    {
      title: 'Messages by outcome',
      unit: 'count',
      query: 'sum by (channel, outcome) (notifier_messages_total)',
    },
    { title: 'Series in memory', unit: 'count', query: 'prometheus_tsdb_head_series' },
    {
      title: 'Memory of the monitoring itself, in MB',
      unit: 'count',
      query: 'sum by (pod) (container_memory_working_set_bytes{namespace="monitoring",container!=""}) / 1000000',
    },
    {
      title: 'Requests under way at the API server',
      unit: 'count',
      query: 'sum by (request_kind) (apiserver_current_inflight_requests)',
    },
  ],
};

const ofSignal = (signal: Signal & { prometheus: { query: string; only?: { site: SiteName } } }): Panel => ({
  title: signal.name.replaceAll('-', ' '),
  unit: signal.when.unit,
  query: signal.prometheus.query,
  limit: limitOf(signal).value,
  ...(signal.prometheus.only ? { only: signal.prometheus.only.site } : {}),
});

/** The graphs of one subject on a site: each signal, and what else there is. */
export const panelsOf = (subject: Subject, site?: SiteName): Panel[] =>
  [
    ...readByPrometheus(site)
      .filter((signal) => signal.subject === subject)
      .map(ofSignal),
    ...(more[subject] ?? []),
  ].filter(({ only }) => site === undefined || only === undefined || only === site);

export type Dashboard = { name: string; title: string; subjects: readonly Subject[] };

/** A few pages, and every subject on one of them. */
export const dashboards: readonly Dashboard[] = [
  { name: 'services', title: 'Services, queue and data', subjects: ['services', 'queue', 'data'] },
  { name: 'cluster', title: 'Nodes and pods', subjects: ['nodes', 'pods', 'cost'] },
  { name: 'delivery', title: 'Pipelines and Argo CD', subjects: ['pipelines', 'deployments'] },
  { name: 'platform', title: 'Monitoring, certificates and tokens', subjects: ['monitoring', 'credentials'] },
];
/** Prometheus reads nothing of these: their graphs are in CloudWatch. */
export const elsewhere: readonly Subject[] = (Object.keys(subjects) as Subject[]).filter(
  (subject) => panelsOf(subject).length === 0,
);
