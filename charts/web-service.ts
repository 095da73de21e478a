import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { prometheus } from '../lib/kube/network-policy.ts';
import type { Ingress } from '../overlays/overlay.ts';
import {
  caller,
  labelsOf,
  metadataOf,
  networkPolicy,
  podLabel,
  podSpec,
  type ServicePod,
  serviceAccount,
} from './service-pod.ts';

/** What runs all the time: an HTTP server, or a worker, which nobody calls. */
export type WebService = ServicePod & {
  replicas: { min: number; max: number };
  /** Undefined: a worker. */
  http?:
    | {
        port: number;
        /** By which it is asked from outside the cluster. */
        hosts: readonly string[];
        /** Paths that answer whether the process is alive, and whether it takes requests. */
        health: { live: string; ready: string };
        /** Until it is alive. */
        startSeconds: number;
        /** Prometheus reads its metrics. */
        monitored: boolean;
      }
    | undefined;
  /** Its database is migrated before its pods are replaced. */
  migrates?: boolean;
};

/** What a service needs to start that has no `slowStart`. */
export const startSeconds = 120;

/** A service in one environment. */
export function webService(scope: Construct, service: WebService, ingress: Ingress): void {
  const { name, http, replicas, callees, places, migrates = false } = service;
  const metadata = metadataOf(name);
  const selector = podLabel(name);

  serviceAccount(scope, name, migrates);

  new k8s.KubeDeployment(scope, 'deployment', {
    metadata,
    spec: {
      // No replicas: the autoscaler owns the number.
      selector: { matchLabels: selector },
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 180 + (http?.startSeconds ?? startSeconds),
      // A worker has no port that a probe could ask, and its image no program for one. So it is alive while its process is, which has to end
      // itself when it cannot go on, and ready when it lived for ten seconds: a rollout of one that ends at its start goes no further.
      ...(http ? {} : { minReadySeconds: 10 }),
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
      },
      template: {
        metadata: { labels: Object.assign(labelsOf(name), ...callees.map((callee) => caller(callee.name))) },
        spec: podSpec(service, http ? serving(http) : {}, {
          topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
            maxSkew: 1,
            topologyKey,
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: selector },
          })),
        }),
      },
    },
  });

  if (http) {
    new k8s.KubeService(scope, 'service', {
      metadata,
      // The same port outside and inside: EKS enforces network policies only for such Services.
      spec: { selector, ports: [{ name: 'http', port: http.port, targetPort: k8s.IntOrString.fromString('http') }] },
    });

    const { hosts } = http;
    const backend = { service: { name, port: { name: 'http' } } };
    new k8s.KubeIngress(scope, 'ingress', {
      metadata,
      spec: {
        ingressClassName: ingress.className,
        ...(ingress.tls ? { tls: [{ hosts: [...hosts] }] } : {}),
        rules: hosts.map((host) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } })),
      },
    });
  }

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

  networkPolicy(scope, 'network-policy', name, {
    callees,
    places,
    ...(http
      ? {
          ingress: [
            {
              from: [
                { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ingress.namespace } } },
                { podSelector: { matchLabels: caller(name) } },
                ...(http.monitored ? [prometheus] : []),
              ],
              ports: [{ protocol: 'TCP', port: k8s.IntOrString.fromString('http') }],
            },
          ],
        }
      : {}),
  });
}

const serving = ({ port, health, startSeconds }: NonNullable<WebService['http']>): Partial<k8s.Container> => {
  const probe = (path: string, periodSeconds: number, failureThreshold: number): k8s.Probe => ({
    httpGet: { path, port: k8s.IntOrString.fromString('http') },
    periodSeconds,
    failureThreshold,
    timeoutSeconds: 2,
  });
  return {
    ports: [{ name: 'http', containerPort: port }],
    // Every second, so that a fast program serves at once.
    startupProbe: probe(health.live, 1, startSeconds),
    livenessProbe: probe(health.live, 10, 3),
    readinessProbe: probe(health.ready, 2, 3),
  };
};
