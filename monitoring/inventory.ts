/**
 * Every metric that Prometheus keeps, by the job that it is scraped in. Whatever else a target offers is dropped, so that the memory of Prometheus is
 * what this list takes. Rules and dashboards name no other metric.
 */
export const inventory = {
  // The kubelet's cAdvisor.
  cadvisor: [
    'container_cpu_usage_seconds_total',
    'container_cpu_cfs_periods_total',
    'container_cpu_cfs_throttled_periods_total',
    'container_memory_working_set_bytes',
    'container_network_receive_bytes_total',
    'container_network_transmit_bytes_total',
    'container_oom_events_total',
  ],
  'kube-state-metrics': [
    'kube_deployment_spec_paused',
    'kube_deployment_spec_replicas',
    'kube_deployment_status_replicas_available',
    'kube_horizontalpodautoscaler_spec_max_replicas',
    'kube_horizontalpodautoscaler_status_current_replicas',
    'kube_horizontalpodautoscaler_status_desired_replicas',
    'kube_horizontalpodautoscaler_status_target_metric',
    'kube_node_labels',
    'kube_node_status_allocatable',
    'kube_node_status_condition',
    'kube_pod_container_resource_limits',
    'kube_pod_container_resource_requests',
    'kube_pod_container_status_restarts_total',
    'kube_pod_container_status_waiting_reason',
    'kube_pod_status_phase',
    'kube_pod_status_ready',
  ],
  'node-exporter': [
    'node_cpu_seconds_total',
    'node_disk_io_time_seconds_total',
    'node_load1',
    'node_memory_MemAvailable_bytes',
    'node_memory_MemTotal_bytes',
  ],
  apiserver: [
    'apiserver_client_certificate_expiration_seconds_bucket',
    'apiserver_current_inflight_requests',
    'serviceaccount_stale_tokens_total',
  ],
  ingress: ['traefik_service_requests_total', 'traefik_service_request_duration_seconds_bucket'],
  // The services' own.
  services: [
    'event_lag_seconds',
    'events_total',
    'process_cpu_seconds_total',
    'queue_admitted',
    'queue_numbered_total',
    'queue_waiting',
    'store_failures_total',
  ],
  argocd: ['argocd_app_info', 'argocd_app_sync_total'],
  tekton: ['tekton_pipelines_controller_running_pipelineruns', 'tekton_pipelines_controller_running_taskruns'],
  notifier: [
    'notifier_messages_total',
    'pipeline_last_run_end_seconds',
    'pipeline_last_run_failed',
    'pipeline_last_run_seconds',
  ],
  // On the embedded platform, where nothing of AWS measures it.
  stores: ['replication_known', 'replication_lag_seconds'],
  prometheus: [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'prometheus_notifications_dropped_total',
    'prometheus_rule_evaluation_failures_total',
    'prometheus_tsdb_head_series',
  ],
  alertmanager: [
    'alertmanager_alerts',
    'alertmanager_notifications_failed_total',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
  ],
} as const satisfies Record<string, readonly string[]>;

export type Job = keyof typeof inventory;
export const jobs = Object.keys(inventory) as Job[];

/** Prometheus writes these itself: whether a target answers, and which alerts there are. */
export const ownMetrics = ['up', 'ALERTS'];

/** Words of PromQL that stand where a metric could. */
const words = new Set([
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool', 'and', 'or', 'unless', 'offset', 'inf'],
]);

/** The metrics that a query names. */
export function metricsOf(query: string): string[] {
  const bare = query
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = [...bare.matchAll(/[A-Za-z_:][\w:]*(?!\w*\s*\()/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => !words.has(name) && !/^\d/.test(name)))];
}

/** Metrics of a query that nobody scrapes. */
export const unknownMetrics = (query: string): string[] => {
  const known = new Set<string>([...Object.values(inventory).flat(), ...ownMetrics]);
  return metricsOf(query).filter((name) => !known.has(name));
};
