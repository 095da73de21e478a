import { counter, gauge, readsNoAws, type Series, type Signal } from '../signal.ts';

const noTekton = 'CloudWatch sees nothing of Tekton and Argo CD; Prometheus in the cluster does';
const billed = 'each series of the platform would be billed as a custom metric; Prometheus wakes people';
const noRules = 'it has no rules of Prometheus';
const readsByItself = 'it reads by itself, and its alarms say what silence means';
const agentsRead = 'its agents read by themselves; agent-silent is the same of them';
const onLaptop = {
  site: 'local' as const,
  because:
    'on AWS Aurora measures it, and CloudWatch has it; the stand-ins of the embedded platform measure themselves',
};
/** Whatever the region and the site, Prometheus has targets of these. */
export const everywhere = [
  'cadvisor',
  'kube-state-metrics',
  'node-exporter',
  'apiserver',
  'argocd',
  'notifier',
  'alertmanager',
] as const;

/** Client certificates at the API server, of which one in a hundred ends within so many days. */
function certificates(days: number): Series[] {
  const bounds = [1, 7, 30, 90];
  const most = bounds.find((bound) => bound >= days) ?? 90;
  const least = bounds[bounds.indexOf(most) - 1] ?? 0;
  // All of those that end soon are in one bucket, in which they are taken to be spread evenly.
  const soon = (most - least) / (days - least);
  const name = 'apiserver_client_certificate_expiration_seconds_bucket';
  return [
    ...bounds.map((bound) => counter(`${name}{le="${bound * 86_400}"}`, bound >= most ? soon : 0)),
    counter(`${name}{le="+Inf"}`, 100),
  ];
}

/** What moves and keeps the platform itself. */
export const platformSignals: readonly Signal[] = [
  {
    name: 'replication-lag',
    subject: 'data',
    summary: 'A copy of the data is further behind than the promised loss of ten seconds',
    severity: 'page',
    runbook:
      'scripts/status shows each copy; on AWS the page of the global database. Until it is back a failover loses what the lag says',
    when: { above: 10, unit: 'seconds', minutes: 1 },
    prometheus: {
      query: 'max by (store) (replication_lag_seconds)',
      series: (value) => [gauge('replication_lag_seconds{store="postgresql"}', value)],
      step: 0.5,
      well: 1,
      only: onLaptop,
    },
    cloudwatch: {
      namespace: 'AWS/RDS',
      metric: 'AuroraGlobalDBRPOLag',
      of: 'global-database',
      statistic: 'Maximum',
      scale: 1000,
      missing: 'breaching',
    },
    datadog: { gap: readsNoAws },
  },
  {
    name: 'replication-unknown',
    subject: 'data',
    summary: 'Nobody knows how far a copy of the data is behind',
    severity: 'page',
    runbook:
      'scripts/status; the program replicate of the stores writes it each second. As long as nobody knows, assume that all since is lost',
    when: { above: 0, unit: 'count', minutes: 2 },
    prometheus: {
      query: '1 - min by (store) (replication_known)',
      series: (value) => [gauge('replication_known{store="postgresql"}', 1 - value)],
      step: 1,
      well: 0,
      only: onLaptop,
    },
    cloudwatch: { gap: 'its alarm replication-lag takes silence as bad, which is the same' },
    datadog: { gap: readsNoAws },
  },
  {
    name: 'gate-red',
    subject: 'pipelines',
    summary: 'The last run of a service was stopped by a gate, or failed',
    severity: 'ticket',
    runbook:
      'The message of the run has the reason and the command for its log; docs/gates.md says what each gate wants',
    when: { above: 0, unit: 'count', minutes: 0 },
    prometheus: {
      query: 'max by (service, gate) (pipeline_last_run_failed)',
      series: (value) => [gauge('pipeline_last_run_failed{service="ticket",gate="trivy-scan"}', value)],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: noTekton },
    datadog: { gap: billed },
  },
  {
    name: 'pipeline-slow',
    subject: 'pipelines',
    summary: 'The last run of a service took longer than a quarter of an hour',
    severity: 'ticket',
    runbook:
      'kubectl get taskruns -n ci shows which Task; a cold cache (docs/caching.md) or a node that had to come first are the usual ones',
    when: { above: 900, unit: 'seconds', minutes: 0 },
    prometheus: {
      query: 'max by (service) (pipeline_last_run_seconds)',
      series: (value) => [gauge('pipeline_last_run_seconds{service="ticket"}', value)],
      step: 1,
      well: 120,
    },
    cloudwatch: { gap: noTekton },
    datadog: { gap: billed },
  },
  {
    name: 'application-out-of-sync',
    subject: 'deployments',
    summary: 'What runs is not what git says, for a quarter of an hour',
    severity: 'ticket',
    runbook: 'kubectl get application -n argocd NAME -o yaml: its conditions say what the API server refused',
    when: { above: 0, unit: 'count', minutes: 15 },
    prometheus: {
      query: 'sum by (name, sync_status) (argocd_app_info{sync_status!="Synced"})',
      series: (value) => [
        gauge('argocd_app_info{name="ticket-prod",sync_status="OutOfSync",health_status="Healthy"}', value),
      ],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: noTekton },
    datadog: { gap: billed },
  },
  {
    name: 'application-unhealthy',
    subject: 'deployments',
    summary: 'Argo CD calls something that it deployed degraded or missing',
    severity: 'ticket',
    runbook:
      'The message of the notifier has the cause; kubectl get application -n argocd NAME -o yaml lists the health of each object',
    when: { above: 0, unit: 'count', minutes: 10 },
    prometheus: {
      query: 'sum by (name, health_status) (argocd_app_info{health_status!~"Healthy|Progressing|Suspended"})',
      series: (value) => [
        gauge('argocd_app_info{name="ticket-prod",sync_status="Synced",health_status="Degraded"}', value),
      ],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: noTekton },
    datadog: { gap: billed },
  },
  {
    name: 'certificate-expires',
    subject: 'credentials',
    summary: 'A client of the API server has a certificate that ends within two weeks',
    severity: 'ticket',
    runbook:
      'kubelets renew theirs: kubectl get csr shows what waits. A person with an old kubeconfig asks for a new one',
    when: { below: 14, unit: 'days', minutes: 30 },
    prometheus: {
      query:
        'histogram_quantile(0.01, sum by (le) (rate(apiserver_client_certificate_expiration_seconds_bucket[30m]))) / 86400',
      series: certificates,
      step: 8,
      well: 60,
    },
    cloudwatch: {
      gap: 'the API server of EKS reports nothing of its clients to CloudWatch',
    },
    datadog: { gap: billed },
  },
  {
    name: 'token-stale',
    subject: 'credentials',
    summary: 'A program uses the token of a ServiceAccount after its hour, which Kubernetes soon refuses',
    severity: 'ticket',
    runbook:
      'The audit log of the API server names the account (annotation authentication.k8s.io/stale-token); the program has to read its token again',
    when: { above: 0, unit: 'per second', minutes: 15 },
    prometheus: {
      query: 'sum(rate(serviceaccount_stale_tokens_total[15m]))',
      series: (value) => [counter('serviceaccount_stale_tokens_total', value)],
      step: 0.1,
      well: 0,
    },
    cloudwatch: { gap: 'it is in the audit log of EKS alone, and no metric' },
    datadog: { gap: billed },
  },
  {
    name: 'firewall-blocks',
    subject: 'firewall',
    summary: 'The firewall refuses many requests',
    severity: 'ticket',
    runbook:
      'Slack has the report of the firewall: which rule, from where. A rule that refuses customers goes back to COUNT',
    // blockedPerMinute of overlays/landing.ts: the stack `firewall` makes the alarm.
    when: { above: 300, unit: 'count', minutes: 1 },
    prometheus: { gap: 'AWS WAF stands before CloudFront, outside of every cluster' },
    cloudwatch: { namespace: 'AWS/WAFV2', metric: 'BlockedRequests', of: 'firewall', statistic: 'Sum' },
    datadog: { gap: readsNoAws },
  },
  {
    name: 'spot-share',
    subject: 'cost',
    summary: 'Most nodes are on-demand, which cost more than twice as much as spot',
    severity: 'ticket',
    runbook:
      'kubectl get nodes -L karpenter.sh/capacity-type,node.kubernetes.io/instance-type; the log of Karpenter says which types have no spot',
    when: { below: 0.3, unit: 'ratio', minutes: 120 },
    prometheus: {
      query:
        '(count(kube_node_labels{label_karpenter_sh_capacity_type="spot"}) or vector(0)) / count(kube_node_labels{label_karpenter_sh_capacity_type=~"spot|on-demand"})',
      series: (value) =>
        Array.from({ length: 10 }, (_, index) =>
          gauge(
            `kube_node_labels{node="${index}",label_karpenter_sh_capacity_type="${index < Math.round(value * 10) ? 'spot' : 'on-demand'}"}`,
            1,
          ),
        ),
      step: 0.1,
      well: 0.7,
      only: { site: 'aws', because: 'the nodes of the embedded platform have no capacity type' },
    },
    cloudwatch: { gap: 'it knows no labels of nodes' },
    datadog: {
      query:
        'count_not_null(avg:system.uptime{SCOPE,karpenter_capacity_type:spot} by {host}) / count_not_null(avg:system.uptime{SCOPE,karpenter_capacity_type:*} by {host})',
    },
  },
  {
    name: 'target-down',
    subject: 'monitoring',
    summary: 'Prometheus does not reach something that it reads, so its other alerts are blind there',
    severity: 'ticket',
    runbook:
      'kubectl port-forward -n monitoring deployment/prometheus 9090, then /targets has the reason: gone, refused by a policy, or too slow',
    when: { above: 0, unit: 'count', minutes: 5 },
    prometheus: {
      query: '1 - min by (job, instance) (up)',
      series: (value) => [gauge('up{job="argocd",instance="a"}', 1 - value)],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: readsByItself },
    datadog: { gap: agentsRead },
  },
  {
    name: 'target-missing',
    subject: 'monitoring',
    summary: 'Prometheus knows no target of a kind that each region has',
    severity: 'ticket',
    runbook: 'Was it deleted or renamed? Compare monitoring/scrape.ts with the Services of its namespace',
    when: { above: 0, unit: 'count', minutes: 10 },
    prometheus: {
      query: everywhere.map((job) => `absent(up{job="${job}"})`).join(' or '),
      series: (value) => everywhere.slice(value).map((job) => gauge(`up{job="${job}"}`, 1)),
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: readsByItself },
    datadog: { gap: agentsRead },
  },
  {
    name: 'rules-fail',
    subject: 'monitoring',
    summary: 'Prometheus cannot evaluate its rules, so no alert of it can be trusted',
    severity: 'page',
    runbook:
      'kubectl logs -n monitoring deployment/prometheus names the rule; the last change of monitoring/ is the first suspect',
    when: { above: 0, unit: 'per second', minutes: 10 },
    prometheus: {
      query: 'sum(rate(prometheus_rule_evaluation_failures_total[5m]))',
      series: (value) => [counter('prometheus_rule_evaluation_failures_total{rule_group="pods"}', value)],
      step: 0.1,
      well: 0,
    },
    cloudwatch: { gap: noRules },
    datadog: { gap: noRules },
  },
  {
    name: 'messages-fail',
    subject: 'monitoring',
    summary: 'Alertmanager could not hand over messages, so people may not hear of alerts',
    severity: 'page',
    runbook:
      'kubectl logs -n monitoring deployment/alertmanager, then of the notifier: does Slack answer? This alert itself may be late; CloudWatch goes another way',
    when: { above: 0, unit: 'per second', minutes: 5 },
    prometheus: {
      query: 'sum(rate(alertmanager_notifications_failed_total[5m]))',
      series: (value) => [counter('alertmanager_notifications_failed_total{integration="webhook"}', value)],
      step: 0.1,
      well: 0,
    },
    cloudwatch: { gap: 'it sends by SNS, and so hears nothing of Alertmanager' },
    datadog: { gap: 'it sends by itself, and so hears nothing of Alertmanager' },
  },
  {
    name: 'agent-silent',
    subject: 'monitoring',
    summary: 'No node of a cluster has reported to Datadog',
    severity: 'ticket',
    runbook: 'kubectl get pods -n datadog; a key that was replaced stands in the secret platform/datadog/datadog',
    when: { below: 1, unit: 'count', minutes: 10 },
    prometheus: {
      gap: 'kube-state-metrics reports the pods of the agent as all others: pod-not-ready, deployment-down',
    },
    cloudwatch: { gap: 'it does not know Datadog' },
    datadog: { query: 'sum:datadog.agent.running{SCOPE}' },
  },
];
