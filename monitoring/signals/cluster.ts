import { counter, gauge, type Signal } from '../signal.ts';

const ofPod = 'namespace="prod",pod="ticket-1"';
const ofContainer = `${ofPod},container="ticket"`;
/** Interfaces of a node that carry what its pods have among themselves, and would count it twice. */
const inner = 'id="/",interface!~"lo|veth.*|cni.*|eni.*|kube.*|dummy.*"';
const podName = 'CloudWatch knows it by the name of the pod only, and an alarm needs the name before the pod is there';

/** Nodes and pods. */
export const clusterSignals: readonly Signal[] = [
  {
    name: 'node-cpu',
    subject: 'nodes',
    summary: 'A node has used nearly all of its processors for a quarter of an hour',
    severity: 'ticket',
    runbook:
      'kubectl top pods -A --sort-by=cpu shows who takes it. On AWS Karpenter adds nodes: look whether pods are pending',
    when: { above: 0.9, unit: 'ratio', minutes: 15 },
    prometheus: {
      query: '1 - avg by (node) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
      series: (value) => [counter('node_cpu_seconds_total{node="a",cpu="0",mode="idle"}', 1 - value)],
      step: 0.02,
      well: 0.3,
    },
    cloudwatch: {
      namespace: 'ContainerInsights',
      metric: 'node_cpu_utilization',
      of: 'cluster',
      statistic: 'Maximum',
      scale: 100,
    },
    datadog: { query: '100 - avg:system.cpu.idle{SCOPE} by {host}', scale: 100 },
  },
  {
    name: 'node-memory',
    subject: 'nodes',
    summary: 'A node has hardly any memory left: the kubelet is about to evict pods',
    severity: 'ticket',
    runbook: 'kubectl top pods -A --sort-by=memory; a pod near its limit is a leak or has too small a request',
    when: { above: 0.9, unit: 'ratio', minutes: 10 },
    prometheus: {
      query: '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes',
      series: (value) => [
        gauge('node_memory_MemTotal_bytes{node="a"}', 1000),
        gauge('node_memory_MemAvailable_bytes{node="a"}', Math.round((1 - value) * 1000)),
      ],
      step: 0.01,
      well: 0.5,
    },
    cloudwatch: {
      namespace: 'ContainerInsights',
      metric: 'node_memory_utilization',
      of: 'cluster',
      statistic: 'Maximum',
      scale: 100,
    },
    datadog: { query: '1 - avg:system.mem.pct_usable{SCOPE} by {host}' },
  },
  {
    name: 'node-network',
    subject: 'nodes',
    summary:
      'A node moves about as much over the network as its instance type may for long (m7i.large: 97 MB a second)',
    severity: 'ticket',
    runbook:
      'Look which pods send: the panel of the network of pods. Larger types have more; Karpenter takes them when pods ask for more processors',
    when: { above: 80e6, unit: 'bytes per second', minutes: 15 },
    prometheus: {
      query: `sum by (node) (rate(container_network_receive_bytes_total{${inner}}[5m])) + sum by (node) (rate(container_network_transmit_bytes_total{${inner}}[5m]))`,
      series: (value) => [
        counter('container_network_receive_bytes_total{node="a",id="/",interface="ens5"}', value / 2),
        counter('container_network_transmit_bytes_total{node="a",id="/",interface="ens5"}', value / 2),
      ],
      step: 1e6,
      well: 5e6,
    },
    cloudwatch: {
      namespace: 'ContainerInsights',
      metric: 'node_network_total_bytes',
      of: 'cluster',
      statistic: 'Maximum',
    },
    datadog: { query: 'avg:system.net.bytes_rcvd{SCOPE} by {host} + avg:system.net.bytes_sent{SCOPE} by {host}' },
  },
  {
    name: 'node-not-ready',
    subject: 'nodes',
    summary: 'A node is not ready',
    severity: 'page',
    runbook:
      'kubectl describe node NAME says which condition failed. On AWS Karpenter or the node group replaces it; look that its pods moved',
    when: { above: 0, unit: 'count', minutes: 3 },
    prometheus: {
      query: '1 - max by (node) (kube_node_status_condition{condition="Ready",status="true"})',
      series: (value) => [gauge('kube_node_status_condition{node="a",condition="Ready",status="true"}', 1 - value)],
      step: 1,
      well: 0,
    },
    cloudwatch: {
      namespace: 'ContainerInsights',
      metric: 'cluster_failed_node_count',
      of: 'cluster',
      statistic: 'Maximum',
    },
    datadog: { query: 'sum:kubernetes_state.node.by_condition{SCOPE,condition:ready,!status:true} by {node}' },
  },
  {
    name: 'pod-pending',
    subject: 'pods',
    summary: 'A pod has had no node for ten minutes',
    severity: 'ticket',
    runbook:
      'kubectl describe pod says what no node has. On AWS look at the log of Karpenter and at the limits of its node pools',
    when: { above: 0, unit: 'count', minutes: 10 },
    prometheus: {
      query: 'max by (namespace, pod) (kube_pod_status_phase{phase="Pending"})',
      series: (value) => [gauge(`kube_pod_status_phase{${ofPod},phase="Pending"}`, value)],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: podName },
    datadog: { query: 'sum:kubernetes_state.pod.status_phase{SCOPE,pod_phase:pending} by {kube_namespace,pod_name}' },
  },
  {
    name: 'pod-not-ready',
    subject: 'pods',
    summary: 'A pod runs and takes no requests',
    severity: 'ticket',
    runbook:
      'kubectl describe pod shows the probe that fails, kubectl logs why; a store that is away makes services not ready',
    when: { above: 0, unit: 'count', minutes: 15 },
    prometheus: {
      query:
        'max by (namespace, pod) (kube_pod_status_ready{condition="false"}) unless on (namespace, pod) max by (namespace, pod) (kube_pod_status_phase{phase=~"Succeeded|Failed"}) > 0',
      series: (value) => [
        gauge(`kube_pod_status_ready{${ofPod},condition="false"}`, value),
        gauge(`kube_pod_status_phase{${ofPod},phase="Running"}`, 1),
      ],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: podName },
    datadog: { query: 'sum:kubernetes_state.pod.ready{SCOPE,condition:false} by {kube_namespace,pod_name}' },
  },
  {
    name: 'pod-restarted',
    subject: 'pods',
    summary: 'A container ended and was started again',
    severity: 'ticket',
    runbook:
      'kubectl describe pod shows the last state and its exit code: 137 is memory or a kill, others stand in kubectl logs --previous',
    when: { above: 0, unit: 'count', minutes: 0 },
    prometheus: {
      query: 'sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total[10m]))',
      series: (value) => [counter(`kube_pod_container_status_restarts_total{${ofContainer}}`, value / 600)],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: podName },
    datadog: { query: 'monotonic_diff(sum:kubernetes.containers.restarts{SCOPE} by {kube_namespace,pod_name})' },
  },
  {
    name: 'pod-crash-loop',
    subject: 'pods',
    summary: 'A container ends again and again, and the kubelet waits before it starts it once more',
    severity: 'page',
    runbook:
      'kubectl logs --previous says why. After a release: scripts/promote, or git revert of the release, goes back',
    when: { above: 0, unit: 'count', minutes: 5 },
    prometheus: {
      // It stands only while the kubelet waits, and not in the seconds in which the container runs again.
      query:
        'max by (namespace, pod) (max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]))',
      series: (value) => [
        gauge(`kube_pod_container_status_waiting_reason{${ofContainer},reason="CrashLoopBackOff"}`, value),
      ],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: podName },
    datadog: {
      query:
        'sum:kubernetes_state.container.status_report.count.waiting{SCOPE,reason:crashloopbackoff} by {kube_namespace,pod_name}',
    },
  },
  {
    name: 'pod-cpu',
    subject: 'pods',
    summary: 'A pod uses all processor time that its limit allows',
    severity: 'ticket',
    runbook: 'Raise limits.cpu in apps/NAME.ts, or requests.cpu so that the autoscaler adds replicas earlier',
    when: { above: 0.95, unit: 'ratio', minutes: 15 },
    prometheus: {
      query:
        'sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container!=""}[5m])) / sum by (namespace, pod) (kube_pod_container_resource_limits{resource="cpu"})',
      series: (value) => [
        counter(`container_cpu_usage_seconds_total{${ofContainer}}`, value / 2),
        gauge(`kube_pod_container_resource_limits{${ofContainer},resource="cpu"}`, 0.5),
      ],
      step: 0.02,
      well: 0.4,
    },
    cloudwatch: {
      namespace: 'ContainerInsights',
      metric: 'pod_cpu_utilization_over_pod_limit',
      of: 'namespaces',
      statistic: 'Maximum',
      scale: 100,
    },
    datadog: {
      query:
        'sum:kubernetes.cpu.usage.total{SCOPE} by {kube_namespace,pod_name} / (sum:kubernetes.cpu.limits{SCOPE} by {kube_namespace,pod_name} * 1000000000)',
    },
  },
  {
    name: 'pod-memory',
    subject: 'pods',
    summary: 'A container has used nearly all memory that its limit allows, beyond which it is killed',
    severity: 'ticket',
    runbook:
      'A line that only rises is a leak: look which release it began with. Otherwise raise limits.memory in apps/NAME.ts',
    when: { above: 0.92, unit: 'ratio', minutes: 10 },
    prometheus: {
      query:
        'max by (namespace, pod, container) (container_memory_working_set_bytes{container!=""}) / max by (namespace, pod, container) (kube_pod_container_resource_limits{resource="memory"})',
      series: (value) => [
        gauge(`container_memory_working_set_bytes{${ofContainer}}`, Math.round(value * 1000)),
        gauge(`kube_pod_container_resource_limits{${ofContainer},resource="memory"}`, 1000),
      ],
      step: 0.01,
      well: 0.5,
    },
    cloudwatch: {
      namespace: 'ContainerInsights',
      metric: 'pod_memory_utilization_over_pod_limit',
      of: 'namespaces',
      statistic: 'Maximum',
      scale: 100,
    },
    datadog: { query: 'max:kubernetes.memory.usage_pct{SCOPE} by {kube_namespace,pod_name,kube_container_name}' },
  },
  {
    name: 'pod-out-of-memory',
    subject: 'pods',
    summary: 'The kernel killed a process of a pod because it was over its limit of memory',
    severity: 'ticket',
    runbook: 'As for pod-memory; a build of a push may do it to itself, and then its run says so',
    when: { above: 0, unit: 'count', minutes: 0 },
    prometheus: {
      query: 'sum by (namespace, pod) (increase(container_oom_events_total{container!=""}[10m]))',
      series: (value) => [counter(`container_oom_events_total{${ofContainer}}`, value / 600)],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: podName },
    datadog: {
      query: 'sum:kubernetes.containers.last_state.terminated{SCOPE,reason:oomkilled} by {kube_namespace,pod_name}',
    },
  },
  {
    name: 'deployment-down',
    subject: 'pods',
    summary: 'Less than half of the replicas of a Deployment take requests',
    severity: 'page',
    runbook:
      'kubectl get pods of the Deployment: pending, crashing or not ready? The other alerts of the namespace say which',
    when: { below: 0.5, unit: 'ratio', minutes: 3 },
    prometheus: {
      // A service that waits for its first release is paused.
      query:
        'kube_deployment_status_replicas_available / (kube_deployment_spec_replicas > 0) unless on (namespace, deployment) kube_deployment_spec_paused == 1',
      series: (value) => [
        gauge(
          'kube_deployment_status_replicas_available{namespace="prod",deployment="ticket"}',
          Math.round(value * 10),
        ),
        gauge('kube_deployment_spec_replicas{namespace="prod",deployment="ticket"}', 10),
      ],
      step: 0.1,
      well: 1,
    },
    cloudwatch: { gap: 'Container Insights counts the replicas of a workload by its name, and of none in all' },
    datadog: {
      query:
        'sum:kubernetes_state.deployment.replicas_available{SCOPE} by {kube_namespace,kube_deployment} / sum:kubernetes_state.deployment.replicas_desired{SCOPE} by {kube_namespace,kube_deployment}',
    },
  },
];
