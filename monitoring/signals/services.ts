import { kafkaAccount } from '../../overlays/names.ts';
import { counter, gauge, readsNoAws, type Series, type Signal } from '../signal.ts';

const ofApp = 'environment="prod",app="ticket"';
const ofShow = 'environment="prod",app="booking",show="hamlet"';
const counted = 'the service counts it, and CloudWatch reads none of its metrics';
const unreached = 'policies let nobody but Prometheus read the metrics of services, so the agent does not reach them';
const codes = 'the load balancer passes TCP on and sees no status; the API in front of it has alarms of its own';

/** Requests of which one in a hundred takes longer than this, in the buckets of Traefik. */
function slow(seconds: number): Series[] {
  const [least, most] = seconds > 1.2 ? [1.2, 5] : [0.3, 1.2];
  const inBucket = (seconds - least) / (most - least);
  // Those up to the lower end of the bucket, and those up to its upper end.
  const below = inBucket > 0.99 ? 0 : (0.99 - inBucket) / (1 - inBucket);
  const within = inBucket > 0.99 ? 0.99 / inBucket : 1;
  const upTo = (le: number) => 100 * (le >= most ? within : le >= least ? below : 0);
  const name = 'traefik_service_request_duration_seconds_bucket';
  return [
    ...[0.1, 0.3, 1.2, 5].map((le) => counter(`${name}{${ofApp},le="${le}"}`, upTo(le))),
    counter(`${name}{${ofApp},le="+Inf"}`, 100),
  ];
}

/** What customers see of the services, and the queue in front of them. */
export const serviceSignals: readonly Signal[] = [
  {
    name: 'service-errors',
    subject: 'services',
    summary: 'A service answers with faults of its own (5xx)',
    severity: 'page',
    runbook:
      'kubectl logs of its pods; store_failures_total says which store is away. After a release: go back to the one before',
    when: { above: 0.05, unit: 'ratio', minutes: 5 },
    prometheus: {
      // A service without a fault has no series of faults, and is well.
      query:
        '(sum by (environment, app) (rate(traefik_service_requests_total{code=~"5.."}[5m])) or 0 * sum by (environment, app) (rate(traefik_service_requests_total[5m]))) / sum by (environment, app) (rate(traefik_service_requests_total[5m]))',
      series: (value) => [
        counter(`traefik_service_requests_total{${ofApp},code="500"}`, value),
        counter(`traefik_service_requests_total{${ofApp},code="200"}`, 1 - value),
      ],
      step: 0.01,
      well: 0.001,
    },
    cloudwatch: { gap: codes },
    datadog: {
      query:
        'sum:traefik.service.request.total.count{SCOPE,code:5*} by {service}.as_rate() / sum:traefik.service.request.total.count{SCOPE} by {service}.as_rate()',
    },
  },
  {
    name: 'service-latency',
    subject: 'services',
    summary: 'One in a hundred requests of a service takes longer than 1.2 s',
    severity: 'ticket',
    runbook:
      'Look whether its pods use all of their processor time (pod-cpu), whether the autoscaler is at its limit, and how its stores answer',
    // A bucket of Traefik ends here, so that nothing is interpolated.
    when: { above: 1.2, unit: 'seconds', minutes: 10 },
    prometheus: {
      query:
        'histogram_quantile(0.99, sum by (environment, app, le) (rate(traefik_service_request_duration_seconds_bucket[5m])))',
      series: slow,
      step: 0.3,
      well: 0.5,
    },
    cloudwatch: { gap: codes },
    datadog: { query: 'p99:traefik.service.request.duration.seconds{SCOPE} by {service}' },
  },
  {
    name: 'service-traffic',
    subject: 'services',
    summary: 'Far more or far fewer requests come than at other times of such a day',
    severity: 'ticket',
    runbook:
      'More: is a sale open, or somebody attacking? Fewer: do customers reach the accelerator at all, and does DNS name it?',
    when: { above: 0, unit: 'per second', minutes: 15 },
    prometheus: {
      gap: 'one threshold says nothing of traffic with nights, weekends and sales; CloudWatch and Datadog learn what is usual. The dashboards show the rate',
    },
    cloudwatch: {
      namespace: 'AWS/NetworkELB',
      metric: 'NewFlowCount',
      of: 'edge',
      statistic: 'Sum',
      period: 300,
      anomaly: 2,
    },
    datadog: { query: 'sum:kubernetes.network.rx_bytes{SCOPE} by {kube_namespace,kube_deployment}', anomaly: true },
  },
  {
    name: 'entrance-unhealthy',
    subject: 'services',
    summary: 'The load balancer reaches a pod of the ingress no more',
    severity: 'page',
    runbook:
      'kubectl get pods -n ingress; the load balancer asks /ping at 8080. Without any, the failover is about to begin: docs/failover.md',
    when: { above: 0, unit: 'count', minutes: 3 },
    prometheus: { gap: 'the load balancer asks from outside of the cluster, and only CloudWatch has its answer' },
    cloudwatch: { namespace: 'AWS/NetworkELB', metric: 'UnHealthyHostCount', of: 'edge-targets', statistic: 'Maximum' },
    datadog: { gap: readsNoAws },
  },
  {
    name: 'service-saturated',
    subject: 'services',
    summary: 'The autoscaler of a service would add replicas, and may not',
    severity: 'ticket',
    runbook: 'Raise replicas.max in overlays/environments/, after a look whether its stores stand more',
    when: { above: 0.99, unit: 'ratio', minutes: 15 },
    prometheus: {
      query:
        'kube_horizontalpodautoscaler_status_current_replicas / kube_horizontalpodautoscaler_spec_max_replicas and on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_status_target_metric{metric_name="cpu",metric_target_type="utilization"} > 70',
      series: (value) => [
        gauge(
          'kube_horizontalpodautoscaler_status_current_replicas{namespace="prod",horizontalpodautoscaler="ticket"}',
          Math.round(value * 100),
        ),
        gauge('kube_horizontalpodautoscaler_spec_max_replicas{namespace="prod",horizontalpodautoscaler="ticket"}', 100),
        gauge(
          'kube_horizontalpodautoscaler_status_target_metric{namespace="prod",horizontalpodautoscaler="ticket",metric_name="cpu",metric_target_type="utilization"}',
          90,
        ),
      ],
      step: 0.01,
      well: 0.5,
    },
    cloudwatch: { gap: 'Container Insights has no metric of autoscalers' },
    datadog: {
      query:
        'max:kubernetes_state.hpa.current_replicas{SCOPE} by {kube_namespace,horizontalpodautoscaler} / max:kubernetes_state.hpa.max_replicas{SCOPE} by {kube_namespace,horizontalpodautoscaler}',
    },
  },
  {
    name: 'service-cpu',
    subject: 'services',
    summary: 'The pods of a service use far more than the 70 % that the autoscaler aims at',
    severity: 'ticket',
    runbook: 'Replicas start too slowly or are at their limit: kubectl describe hpa says which',
    when: { above: 0.9, unit: 'ratio', minutes: 10 },
    prometheus: {
      query:
        'kube_horizontalpodautoscaler_status_target_metric{metric_name="cpu",metric_target_type="utilization"} / 100',
      series: (value) => [
        gauge(
          'kube_horizontalpodautoscaler_status_target_metric{namespace="prod",horizontalpodautoscaler="ticket",metric_name="cpu",metric_target_type="utilization"}',
          Math.round(value * 100),
        ),
      ],
      step: 0.01,
      well: 0.6,
    },
    cloudwatch: {
      gap: 'it knows the limits of pods and not what the autoscaler aims at; pod-cpu is the nearest that it reads',
    },
    datadog: {
      query:
        'sum:kubernetes.cpu.usage.total{SCOPE} by {kube_namespace,kube_deployment} / (sum:kubernetes.cpu.requests{SCOPE} by {kube_namespace,kube_deployment} * 1000000000)',
    },
  },
  {
    name: 'service-store-failures',
    subject: 'services',
    summary: 'A store does not answer a service, after all retries',
    severity: 'page',
    runbook:
      'Which store: the label. On AWS look at its own page in CloudWatch; on the embedded platform scripts/status shows the engines',
    when: { above: 0.1, unit: 'per second', minutes: 5 },
    prometheus: {
      query: 'sum by (environment, app, store) (rate(store_failures_total[5m]))',
      series: (value) => [counter(`store_failures_total{${ofApp},store="dynamodb"}`, value)],
      step: 0.02,
      well: 0,
    },
    cloudwatch: {
      gap: 'the services count it, and CloudWatch reads none of their metrics: each would be billed as a custom one',
    },
    datadog: { gap: unreached },
  },
  {
    name: 'queue-waiting',
    subject: 'queue',
    summary: 'More people wait for a show than its rate lets in within a quarter of an hour or so',
    severity: 'ticket',
    runbook:
      'A sale that everybody wants looks so. If bookings and stores stand it, raise perSecond and window of the show',
    when: { above: 500, unit: 'count', minutes: 1 },
    prometheus: {
      query: 'max by (environment, show) (queue_waiting)',
      series: (value) => [gauge(`queue_waiting{${ofShow}}`, value)],
      step: 1,
      well: 10,
    },
    cloudwatch: { gap: counted },
    datadog: { gap: unreached },
  },
  {
    name: 'queue-stuck',
    subject: 'queue',
    summary: 'People wait for a show, and nobody has been let in for five minutes',
    severity: 'page',
    runbook:
      'kubectl logs of booking: does it read the topic of the queue, does DynamoDB take the gate? Which region moves the gate: docs/stores.md',
    when: { above: 0, unit: 'count', minutes: 2 },
    prometheus: {
      query:
        'max by (environment, show) (queue_waiting) and on (environment, show) max by (environment, show) (changes(queue_admitted[5m])) == 0',
      series: (value) => [gauge(`queue_waiting{${ofShow}}`, value), gauge(`queue_admitted{${ofShow}}`, 40)],
      step: 1,
      well: 0,
    },
    cloudwatch: { gap: counted },
    datadog: { gap: 'a monitor does not compare two metrics of one group over time; Prometheus wakes people' },
  },
  {
    name: 'event-lag',
    subject: 'queue',
    summary: 'Bookings are taken and their tickets are not made',
    severity: 'page',
    runbook:
      'kubectl logs of ticket: does it read the topic bookings, does its database answer? Events wait for 7 days, nothing is lost before',
    when: { above: 60, unit: 'seconds', minutes: 2 },
    prometheus: {
      query: 'max by (environment) (event_lag_seconds)',
      series: (value) => [gauge(`event_lag_seconds{${ofApp}}`, value)],
      step: 1,
      well: 0,
    },
    cloudwatch: { namespace: 'AWS/Kafka', metric: 'EstimatedMaxTimeLag', of: 'kafka', statistic: 'Maximum' },
    datadog: { gap: unreached },
  },
];

/** Whose lag behind the topic of bookings CloudWatch reads: MSK has a metric for each consumer group. */
export const lagging = {
  group: kafkaAccount({ data: 'prod', service: 'ticket' }),
  topic: { data: 'prod', service: 'booking', name: 'bookings' },
} as const;
