import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { egressExceptMetadata } from '../lib/kube/network-policy.ts';
import { podDefaults, restrictedContainer, restrictedPod } from '../lib/kube/pod-security.ts';
import { type Resources, resourceRequirements } from '../lib/kube/resources.ts';

type Container = Omit<k8s.Container, 'resources' | 'securityContext'> & { resources: Resources };

export type CronJob = {
  name: string;
  schedule: string;
  activeDeadlineSeconds: number;
  serviceAccountName: string;
  automountServiceAccountToken?: boolean;
  initContainer?: Container;
  container: Container;
  volumes?: k8s.Volume[];
};

const restricted = ({ resources, ...container }: Container, emptyDirs: string[] = []): k8s.Container => ({
  ...container,
  resources: resourceRequirements(resources, emptyDirs),
  securityContext: restrictedContainer,
});

/** One Job at a time. A failed Job is not retried, because the next one does what is left. */
export const oneAtATime = (
  schedule: string,
  activeDeadlineSeconds: number,
  template: k8s.PodTemplateSpec,
): k8s.CronJobSpec => ({
  schedule,
  concurrencyPolicy: 'Forbid',
  startingDeadlineSeconds: 120,
  successfulJobsHistoryLimit: 1,
  failedJobsHistoryLimit: 1,
  jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds, template } },
});

/**
 * A CronJob, one Job at a time, as an ordinary user in a pod with the label `app: <name>`.
 */
export function cronJob(scope: Construct, job: CronJob): void {
  const { name, schedule, activeDeadlineSeconds, serviceAccountName, automountServiceAccountToken = false } = job;
  const { initContainer, container, volumes } = job;
  const emptyDirs = (volumes ?? []).flatMap(({ emptyDir }) => (emptyDir ? [`${emptyDir.sizeLimit?.value}`] : []));
  new k8s.KubeCronJob(scope, `cronjob-${name}`, {
    metadata: { name },
    spec: oneAtATime(schedule, activeDeadlineSeconds, {
      metadata: { labels: { app: name } },
      spec: {
        serviceAccountName,
        ...podDefaults,
        automountServiceAccountToken,
        restartPolicy: 'Never',
        securityContext: restrictedPod,
        ...(initContainer ? { initContainers: [restricted(initContainer)] } : {}),
        containers: [restricted(container, emptyDirs)],
        ...(volumes ? { volumes } : {}),
      },
    }),
  });
  // It holds a login: no ingress, and no egress to the metadata services.
  new k8s.KubeNetworkPolicy(scope, `networkpolicy-${name}`, {
    metadata: { name },
    spec: {
      podSelector: { matchLabels: { app: name } },
      policyTypes: ['Ingress', 'Egress'],
      egress: egressExceptMetadata,
    },
  });
}
