import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { podDefaults, restrictedContainer } from '../lib/kube/pod-security.ts';
import { priority } from '../lib/kube/priority.ts';

/** The one pod of a program of the platform, which has an account of its name. */
export type PlatformPod = {
  name: string;
  container: Omit<k8s.Container, 'name' | 'securityContext'>;
  volumes?: k8s.Volume[];
  /** Of the pod. */
  security: k8s.PodSecurityContext;
  annotations?: Record<string, string>;
  /** It calls the API server as its account. */
  callsApi: boolean;
  /** Nodes that it needs, by labels. */
  nodes: Record<string, string>;
  terminationGracePeriodSeconds: number;
};

export const metadataOf = (name: string) => ({ name, labels: { 'app.kubernetes.io/name': name } });

/** An account without any right but those that are bound to it. */
export const platformAccount = (scope: Construct, name: string) =>
  new k8s.KubeServiceAccount(scope, `${name}-account`, {
    metadata: metadataOf(name),
    automountServiceAccountToken: false,
  });

export const podTemplate = (given: PlatformPod): k8s.PodTemplateSpec => ({
  metadata: { labels: metadataOf(given.name).labels, ...(given.annotations ? { annotations: given.annotations } : {}) },
  spec: {
    serviceAccountName: given.name,
    priorityClassName: priority.service,
    ...(Object.keys(given.nodes).length > 0 ? { nodeSelector: given.nodes } : {}),
    ...podDefaults,
    automountServiceAccountToken: given.callsApi,
    securityContext: given.security,
    terminationGracePeriodSeconds: given.terminationGracePeriodSeconds,
    containers: [{ name: given.name, ...given.container, securityContext: restrictedContainer }],
    ...(given.volumes ? { volumes: given.volumes } : {}),
  },
});

/** A Deployment of one pod: two at a time would write the same volume, or say everything twice. */
export const singleton = (scope: Construct, given: PlatformPod, more: { minReadySeconds?: number } = {}) =>
  new k8s.KubeDeployment(scope, `${given.name}-deployment`, {
    metadata: metadataOf(given.name),
    spec: {
      ...{ replicas: 1, strategy: { type: 'Recreate' }, revisionHistoryLimit: 5, ...more },
      selector: { matchLabels: metadataOf(given.name).labels },
      template: podTemplate(given),
    },
  });

type Ways = { ingress?: k8s.NetworkPolicyIngressRule[]; egress: k8s.NetworkPolicyEgressRule[] };
/** Nobody else reaches a program, and it reaches nobody else. */
export const onlyBy = (scope: Construct, name: string, { ingress = [], egress }: Ways) =>
  new k8s.KubeNetworkPolicy(scope, `${name}-network-policy`, {
    metadata: metadataOf(name),
    spec: {
      podSelector: { matchLabels: metadataOf(name).labels },
      policyTypes: ['Ingress', 'Egress'],
      ...(ingress.length > 0 ? { ingress } : {}),
      egress,
    },
  });

/** The ports of a program at its name. */
export const serviceOf = (scope: Construct, name: string, ports: Record<string, number>) =>
  new k8s.KubeService(scope, `${name}-service`, {
    metadata: metadataOf(name),
    spec: {
      selector: metadataOf(name).labels,
      ports: Object.entries(ports).map(([port, number]) => ({
        name: port,
        port: number,
        targetPort: k8s.IntOrString.fromString(port),
      })),
    },
  });

/** Ports of a container, and variables, from records. */
export const portsOf = (ports: Record<string, number>): k8s.ContainerPort[] =>
  Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort }));
export const envOf = (values: Record<string, string>): k8s.EnvVar[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));
