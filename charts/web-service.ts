import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { label } from '../lib/kube/labels.ts';
import { egressToDns } from '../lib/kube/network-policy.ts';
import { podDefaults, restrictedContainer, restrictedPodWithVolumes } from '../lib/kube/pod-security.ts';
import { priority } from '../lib/kube/priority.ts';
import { quantity, type Resources, resourceRequirements } from '../lib/kube/resources.ts';
import type { Ingress, OverlayFields } from '../overlays/overlay.ts';

/** An HTTP server on one port with /healthz and /readyz. Its image and the services that it calls are all of its configuration. */
export type WebService = {
  name: string;
  port: number;
  /** On disk it writes its log, and to `writableTmp`. */
  resources: Omit<Resources, 'disk'>;
  /** Size of a writable /tmp; the rest of the root file system is read-only. */
  writableTmp?: string;
  /**
   * One replica in every environment, because it stores in its own memory and two would answer differently. (There are two during a rollout,
   * which loses that memory in any case.)
   */
  singleton?: true;
  /** Services of its environment that it calls, by the environment variable for the address. */
  calls?: Record<string, { service: Pick<WebService, 'name' | 'port'>; path: string }>;
};

/** Label of pods that may call a service, so that its NetworkPolicy need not name its callers. */
const caller = (name: string) => ({ [label.calls(name)]: 'true' });

/** How many pods of a service there are. */
export const replicasOf = ({ singleton }: Pick<WebService, 'singleton'>, { replicas }: OverlayFields) =>
  singleton ? { min: 1, max: 1 } : replicas;

/** A service in one environment. Its image is the bare name, which the release file replaces. */
export function webService(scope: Construct, service: WebService, overlay: OverlayFields, ingress: Ingress): void {
  const { name, port } = service;
  const selector = { 'app.kubernetes.io/name': name };
  const labels = { ...selector, 'app.kubernetes.io/part-of': 'tickets' };
  const metadata = { name, labels };
  const replicas = replicasOf(service, overlay);
  const calls = Object.entries(service.calls ?? {});
  const callees = [...new Map(calls.map(([, { service }]) => [service.name, service])).values()];
  const probe = (path: string, periodSeconds: number, failureThreshold: number): k8s.Probe => ({
    httpGet: { path, port: k8s.IntOrString.fromString('http') },
    periodSeconds,
    failureThreshold,
    timeoutSeconds: 2,
  });

  new k8s.KubeServiceAccount(scope, 'service-account', { metadata, automountServiceAccountToken: false });

  new k8s.KubeDeployment(scope, 'deployment', {
    metadata,
    spec: {
      // No replicas: the autoscaler owns the number.
      selector: { matchLabels: selector },
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 300,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
      },
      template: {
        metadata: { labels: Object.assign({}, labels, ...callees.map((callee) => caller(callee.name))) },
        spec: {
          serviceAccountName: name,
          priorityClassName: priority.service,
          ...podDefaults,
          securityContext: restrictedPodWithVolumes,
          // Longer than a service takes to drain: 5 s not ready, then 15 s for open requests.
          terminationGracePeriodSeconds: 30,
          topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
            maxSkew: 1,
            topologyKey,
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: selector },
          })),
          containers: [
            {
              name,
              image: name,
              ...(calls.length > 0
                ? {
                    env: calls.map(([name, { service, path }]) => ({
                      name,
                      value: `http://${service.name}:${service.port}${path}`,
                    })),
                  }
                : {}),
              ports: [{ name: 'http', containerPort: port }],
              resources: resourceRequirements(service.resources, service.writableTmp ? [service.writableTmp] : []),
              // Every second, so that a fast program serves at once; a slow one has two minutes.
              startupProbe: probe('/healthz', 1, 120),
              livenessProbe: probe('/healthz', 10, 3),
              readinessProbe: probe('/readyz', 2, 3),
              securityContext: restrictedContainer,
              ...(service.writableTmp ? { volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }] } : {}),
            },
          ],
          ...(service.writableTmp
            ? { volumes: [{ name: 'scratch', emptyDir: { sizeLimit: quantity(service.writableTmp) } }] }
            : {}),
        },
      },
    },
  });

  new k8s.KubeService(scope, 'service', {
    metadata,
    // The same port outside and inside: EKS enforces network policies only for such Services.
    spec: { selector, ports: [{ name: 'http', port, targetPort: k8s.IntOrString.fromString('http') }] },
  });

  const host = `${name}.${overlay.subdomain}${ingress.domain}`;
  new k8s.KubeIngress(scope, 'ingress', {
    metadata,
    spec: {
      ingressClassName: ingress.className,
      ...(ingress.tls ? { tls: [{ hosts: [host] }] } : {}),
      rules: [
        {
          host,
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { name: 'http' } } } }] },
        },
      ],
    },
  });

  new k8s.KubeHorizontalPodAutoscalerV2(scope, 'horizontal-pod-autoscaler', {
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: replicas.min,
      maxReplicas: replicas.max,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
  });

  new k8s.KubePodDisruptionBudget(scope, 'pod-disruption-budget', {
    metadata,
    // With one replica minAvailable would block every drain of a node.
    spec: { selector: { matchLabels: selector }, maxUnavailable: k8s.IntOrString.fromNumber(1) },
  });

  new k8s.KubeNetworkPolicy(scope, 'network-policy', {
    metadata,
    spec: {
      podSelector: { matchLabels: selector },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ingress.namespace } } },
            { podSelector: { matchLabels: caller(name) } },
          ],
          ports: [{ protocol: 'TCP', port: k8s.IntOrString.fromString('http') }],
        },
      ],
      egress: [
        egressToDns,
        ...callees.map((callee) => ({
          to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': callee.name } } }],
          ports: [{ protocol: 'TCP', port: k8s.IntOrString.fromNumber(callee.port) }],
        })),
      ],
    },
  });
}
