import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { priority } from '../lib/kube/priority.ts';
import type { Place, Site } from '../overlays/overlay.ts';

/** Amounts as Kubernetes writes them: `50m` of a processor, `64Mi` of memory. */
export type Amounts = { cpu: string; memory: string };

/** A program that answers HTTP on one port, with /healthz and /readyz, configured by nothing but its image and what it calls. */
export type WebService = {
  name: string;
  port: number;
  requests: Amounts;
  limits: Amounts;
  /** Size of a writable /tmp, for programs that cannot do without; everything else is read-only. */
  scratch?: string;
  /**
   * It keeps what it knows in its own memory: two of it would know different things, so there is one, however large the overlay. (Two while one
   * replaces the other, which loses what the first knew in any case.)
   */
  alone?: true;
  /** What it calls of other services of its environment, by the environment variable that has the address. */
  calls?: Record<string, { service: Pick<WebService, 'name' | 'port'>; path: string }>;
};

/** Whose pods may call a service: those that say so, which keeps the policy of one service free of the names of others. */
const caller = (name: string) => ({ [`tickets.example/calls-${name}`]: 'true' });

export const quantities = (amounts: Amounts): Record<string, k8s.Quantity> => ({
  cpu: k8s.Quantity.fromString(amounts.cpu),
  memory: k8s.Quantity.fromString(amounts.memory),
});

/** What Pod Security calls restricted. The user is the one of distroless images; a number, because the kubelet cannot judge a name. */
export const restrictedPod: k8s.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  fsGroup: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
};
export const restrictedContainer: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export const toDns: k8s.NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: (['UDP', 'TCP'] as const).map((protocol) => ({ protocol, port: k8s.IntOrString.fromNumber(53) })),
};

/** Everything one service is in one environment. The image is its bare name: the release file replaces it. */
export function webService(scope: Construct, service: WebService, place: Place, site: Site): void {
  const { name, port } = service;
  const selector = { 'app.kubernetes.io/name': name };
  const labels = { ...selector, 'app.kubernetes.io/part-of': 'tickets' };
  const metadata = { name, labels };
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
      // No replicas: the autoscaler owns their number.
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
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: restrictedPod,
          // Longer than a service takes to drain: not ready for 5 s, then 15 s for what is under way.
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
              resources: { requests: quantities(service.requests), limits: quantities(service.limits) },
              // Asked every second, so that a fast program serves at once; a slow one has two minutes.
              startupProbe: probe('/healthz', 1, 120),
              livenessProbe: probe('/healthz', 10, 3),
              readinessProbe: probe('/readyz', 2, 3),
              securityContext: restrictedContainer,
              ...(service.scratch ? { volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }] } : {}),
            },
          ],
          ...(service.scratch
            ? { volumes: [{ name: 'scratch', emptyDir: { sizeLimit: k8s.Quantity.fromString(service.scratch) } }] }
            : {}),
        },
      },
    },
  });

  new k8s.KubeService(scope, 'service', {
    metadata,
    // The same port outside and inside: EKS enforces network policies only on Services that are so.
    spec: { selector, ports: [{ name: 'http', port, targetPort: k8s.IntOrString.fromString('http') }] },
  });

  const host = `${name}.${place.subdomain}${site.domain}`;
  new k8s.KubeIngress(scope, 'ingress', {
    metadata,
    spec: {
      ingressClassName: site.ingressClass,
      ...(site.tls ? { tls: [{ hosts: [host] }] } : {}),
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
      minReplicas: service.alone ? 1 : place.replicas.min,
      maxReplicas: service.alone ? 1 : place.replicas.max,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
  });

  new k8s.KubePodDisruptionBudget(scope, 'pod-disruption-budget', {
    metadata,
    // Also right for one replica, where minAvailable would block every drain of a node.
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
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': site.ingressNamespace } } },
            { podSelector: { matchLabels: caller(name) } },
          ],
          ports: [{ protocol: 'TCP', port: k8s.IntOrString.fromString('http') }],
        },
      ],
      egress: [
        toDns,
        ...callees.map((callee) => ({
          to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': callee.name } } }],
          ports: [{ protocol: 'TCP', port: k8s.IntOrString.fromNumber(callee.port) }],
        })),
      ],
    },
  });
}
