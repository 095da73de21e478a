/** Metrics that others measure, by who does: monitors, alarms and pages of Datadog and CloudWatch name no other, and each of these. */

/** What Traefik shows to Prometheus, by its name without `_total`, and how Datadog's agent calls it behind `traefik.`. */
export const traefikMetrics = {
  traefik_service_requests: 'service.request.total',
  traefik_service_request_duration_seconds: 'service.request.duration.seconds',
} as const;

/** Of Datadog: `metadata.csv` of each integration in DataDog/integrations-core, and the check that we give the agents. */
export const datadogMetrics: Record<string, readonly string[]> = {
  agent: ['datadog.agent.running'],
  system: [
    ...[
      'system.cpu.idle',
      'system.cpu.user',
      'system.mem.pct_usable',
      'system.net.bytes_rcvd',
      'system.net.bytes_sent',
    ],
    'system.uptime',
  ],
  kubelet: [
    ...['kubernetes.containers.last_state.terminated', 'kubernetes.containers.restarts', 'kubernetes.cpu.limits'],
    ...['kubernetes.cpu.requests', 'kubernetes.cpu.usage.total', 'kubernetes.memory.usage_pct'],
    'kubernetes.network.rx_bytes',
  ],
  kubernetes_state_core: [
    'kubernetes_state.container.status_report.count.waiting',
    ...['kubernetes_state.deployment.replicas_available', 'kubernetes_state.deployment.replicas_desired'],
    ...['kubernetes_state.hpa.current_replicas', 'kubernetes_state.hpa.max_replicas'],
    ...['kubernetes_state.node.by_condition', 'kubernetes_state.pod.ready', 'kubernetes_state.pod.status_phase'],
  ],
  // OpenMetrics: a counter ends with `.count`.
  traefik: [
    `traefik.${traefikMetrics.traefik_service_requests}.count`,
    `traefik.${traefikMetrics.traefik_service_request_duration_seconds}`,
  ],
};

/** Of CloudWatch, by namespace: the pages of each service about its metrics. Ours are in `DR`: the failover's own functions write them. */
export const cloudwatchMetrics: Record<string, readonly string[]> = {
  ContainerInsights: [
    ...['cluster_failed_node_count', 'node_cpu_utilization', 'node_memory_utilization', 'node_network_total_bytes'],
    ...['pod_cpu_utilization_over_pod_limit', 'pod_memory_utilization_over_pod_limit'],
  ],
  'AWS/ApiGateway': ['5XXError'],
  'AWS/CertificateManager': ['DaysToExpiry'],
  'AWS/Firehose': ['DeliveryToS3.DataFreshness'],
  'AWS/Kafka': ['EstimatedMaxTimeLag', 'KafkaDataLogsDiskUsed'],
  'AWS/NetworkELB': ['NewFlowCount', 'UnHealthyHostCount'],
  'AWS/RDS': ['AuroraGlobalDBRPOLag'],
  'AWS/SQS': ['ApproximateNumberOfMessagesVisible'],
  'AWS/States': ['ExecutionsAborted', 'ExecutionsFailed', 'ExecutionsTimedOut'],
  'AWS/WAFV2': ['BlockedRequests'],
};

/** The metrics that a query of Datadog names: what stands between `avg:` and the tags. */
export const datadogMetricsOf = (query: string): string[] => [
  ...new Set([...query.matchAll(/\b(?:avg|max|min|sum|p\d\d):([\w.]+)\{/g)].map(([, name]) => name as string)),
];
