import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { withoutRoles } from '../lib/kube/network-policy.ts';
import { computeResources, nonRoot, type Resources } from '../lib/kube/tekton.ts';

type Container = Omit<k8s.Container, 'resources' | 'securityContext'> & { resources: Resources };

export type RepeatedJob = {
  name: string;
  schedule: string;
  /** Seconds after which a run of it is ended. */
  deadline: number;
  serviceAccount: string;
  /** Gives it the token of its account. */
  callsCluster?: boolean;
  /** Runs first, and has to end well. */
  before?: Container;
  container: Container;
  volumes?: k8s.Volume[];
};

/**
 * What is done again and again, one at a time, by an ordinary user in a pod that is called as the job (label `app`). It compares what
 * is with what should be, so a run of it that fails is not repeated: what it did not manage, the next one does.
 */
export function repeatedJob(scope: Construct, job: RepeatedJob): void {
  const { name, schedule, deadline, serviceAccount, callsCluster = false, before, container, volumes } = job;
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
          activeDeadlineSeconds: deadline,
          template: {
            metadata: { labels: { app: name } },
            spec: {
              serviceAccountName: serviceAccount,
              automountServiceAccountToken: callsCluster,
              enableServiceLinks: false,
              restartPolicy: 'Never',
              securityContext: { ...nonRoot, seccompProfile: { type: 'RuntimeDefault' } },
              ...(before ? { initContainers: [confined(before)] } : {}),
              containers: [confined(container)],
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
      egress: withoutRoles,
    },
  });
}

function confined({ resources, volumeMounts, ...said }: Container): k8s.Container {
  const { requests, limits } = computeResources(resources);
  const amounts = (list: Record<string, string>) =>
    Object.fromEntries(Object.entries(list).map(([key, value]) => [key, k8s.Quantity.fromString(value)]));
  return {
    ...said,
    resources: { requests: amounts(requests), limits: amounts(limits) },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    ...(volumeMounts ? { volumeMounts } : {}),
  };
}
