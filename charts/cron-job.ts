import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { egressExceptMetadata } from '../lib/kube/network-policy.ts';
import { restrictedContainer, restrictedPod } from '../lib/kube/pod-security.ts';
import { type Resources, resourceRequirements } from '../lib/kube/resources.ts';

type Container = Omit<k8s.Container, 'resources' | 'securityContext'> & { resources: Resources };

/** In the words of Kubernetes. */
export type CronJob = {
  name: string;
  schedule: string;
  /** Seconds after which a Job of it is ended. */
  activeDeadlineSeconds: number;
  serviceAccountName: string;
  /** Gives it the token of its account. */
  automountServiceAccountToken?: boolean;
  initContainer?: Container;
  container: Container;
  volumes?: k8s.Volume[];
};

const restricted = ({ resources, ...container }: Container): k8s.Container => ({
  ...container,
  resources: resourceRequirements(resources),
  securityContext: restrictedContainer,
});

/**
 * A CronJob, one Job at a time, as an ordinary user in a pod labelled `app: <name>`. It compares what is with what should be, so a Job
 * that fails is not repeated: the next one does what is left.
 */
export function cronJob(scope: Construct, job: CronJob): void {
  const { name, schedule, activeDeadlineSeconds, serviceAccountName, automountServiceAccountToken = false } = job;
  const { initContainer, container, volumes } = job;
  new k8s.KubeCronJob(scope, `cronjob-${name}`, {
    metadata: { name },
    spec: {
      schedule,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 120,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds,
          template: {
            metadata: { labels: { app: name } },
            spec: {
              serviceAccountName,
              automountServiceAccountToken,
              enableServiceLinks: false,
              restartPolicy: 'Never',
              securityContext: restrictedPod,
              ...(initContainer ? { initContainers: [restricted(initContainer)] } : {}),
              containers: [restricted(container)],
              ...(volumes ? { volumes } : {}),
            },
          },
        },
      },
    },
  });
  // It has a login: nothing may call it, and it may not ask the machine for its cloud role.
  new k8s.KubeNetworkPolicy(scope, `networkpolicy-${name}`, {
    metadata: { name },
    spec: {
      podSelector: { matchLabels: { app: name } },
      policyTypes: ['Ingress', 'Egress'],
      egress: egressExceptMetadata,
    },
  });
}
