import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { inWave } from '../lib/kube/argocd.ts';
import { label } from '../lib/kube/labels.ts';
import { egressToDns, egressToPlaces, type Place } from '../lib/kube/network-policy.ts';
import { podDefaults, restrictedContainer, restrictedPodWithVolumes } from '../lib/kube/pod-security.ts';
import { priority } from '../lib/kube/priority.ts';
import { quantity, type Resources, resourceRequirements } from '../lib/kube/resources.ts';

/** An environment variable: its value, or the key of a Secret that has it. */
export type Variable = { name: string; value: string } | { name: string; secret: { name: string; key: string } };

/** What every pod of a service has, whatever creates it, in one environment. */
export type ServicePod = {
  name: string;
  /** On disk it writes its log, and to `writableTmp`. */
  resources: Omit<Resources, 'disk'>;
  /** Size of a writable /tmp; the rest of the root file system is read-only. */
  writableTmp?: string | undefined;
  env: Variable[];
  /** Services of its environment that it calls. */
  callees: { name: string; port: number }[];
  /** What it reaches outside of the cluster. */
  places: Place[];
};

/** The waves of a service whose database is migrated: what the migration needs, the migration, and then all the rest. */
export const waves = { before: -2, migration: -1 };

export const podLabel = (name: string) => ({ 'app.kubernetes.io/name': name });
export const labelsOf = (name: string) => ({ ...podLabel(name), 'app.kubernetes.io/part-of': 'tickets' });
export const metadataOf = (name: string) => ({ name, labels: labelsOf(name) });

/** Label of pods that may call a service, so that its NetworkPolicy need not name its callers. */
export const caller = (name: string) => ({ [label.calls(name)]: 'true' });

/** `early`: before the pods of this sync, because the Job of a migration runs as it. */
export const serviceAccount = (scope: Construct, name: string, early: boolean): k8s.KubeServiceAccount =>
  new k8s.KubeServiceAccount(scope, 'service-account', {
    metadata: { ...metadataOf(name), ...(early ? { annotations: inWave(waves.before) } : {}) },
    automountServiceAccountToken: false,
  });

const envVar = (variable: Variable): k8s.EnvVar =>
  'value' in variable
    ? variable
    : { name: variable.name, valueFrom: { secretKeyRef: { name: variable.secret.name, key: variable.secret.key } } };

/** The spec of a pod with one container, whose image is the bare name of the service: the release file replaces it. */
export const podSpec = (
  { name, env, resources, writableTmp }: ServicePod,
  container: Partial<k8s.Container>,
  pod: Partial<k8s.PodSpec> = {},
): k8s.PodSpec => ({
  serviceAccountName: name,
  priorityClassName: priority.service,
  ...podDefaults,
  securityContext: restrictedPodWithVolumes,
  // Longer than a service takes to end: drain, open requests, and its stores; each service has a test that adds them up.
  terminationGracePeriodSeconds: 30,
  containers: [
    {
      name,
      image: name,
      ...(env.length > 0 ? { env: env.map(envVar) } : {}),
      resources: resourceRequirements(resources, writableTmp ? [writableTmp] : []),
      securityContext: restrictedContainer,
      ...(writableTmp ? { volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }] } : {}),
      ...container,
    },
  ],
  ...(writableTmp ? { volumes: [{ name: 'scratch', emptyDir: { sizeLimit: quantity(writableTmp) } }] } : {}),
  ...pod,
});

/** The NetworkPolicy of pods that reach DNS, `callees` and `places`. Without `ingress` nothing reaches them. */
export const networkPolicy = (
  scope: Construct,
  id: string,
  name: string,
  {
    callees = [],
    places,
    ingress,
    annotations,
  }: {
    callees?: ServicePod['callees'];
    places: readonly Place[];
    ingress?: k8s.NetworkPolicyIngressRule[];
    annotations?: Record<string, string>;
  },
): k8s.KubeNetworkPolicy =>
  new k8s.KubeNetworkPolicy(scope, id, {
    metadata: { ...metadataOf(name), ...(annotations ? { annotations } : {}) },
    spec: {
      podSelector: { matchLabels: podLabel(name) },
      policyTypes: ['Ingress', 'Egress'],
      ...(ingress ? { ingress } : {}),
      egress: [
        egressToDns,
        ...callees.map((callee) => ({
          to: [{ podSelector: { matchLabels: podLabel(callee.name) } }],
          ports: [{ protocol: 'TCP', port: k8s.IntOrString.fromNumber(callee.port) }],
        })),
        ...egressToPlaces(places),
      ],
    },
  });
