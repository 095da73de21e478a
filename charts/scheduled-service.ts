import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import {
  caller,
  labelsOf,
  metadataOf,
  networkPolicy,
  podSpec,
  type ServicePod,
  serviceAccount,
} from './service-pod.ts';

/** What runs at its times, in UTC, and ends. */
export type ScheduledService = ServicePod & { schedule: string; migrates?: boolean };

/**
 * A service in one environment that runs on a schedule, one run at a time. A run that fails is not retried: the next one does what is left.
 */
export function scheduledService(scope: Construct, service: ScheduledService): void {
  const { name, schedule, callees, places, migrates = false } = service;
  serviceAccount(scope, name, migrates);
  new k8s.KubeCronJob(scope, 'cron-job', {
    metadata: metadataOf(name),
    spec: {
      schedule,
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 120,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          // One that hangs would keep all later ones from running.
          activeDeadlineSeconds: 3600,
          template: {
            metadata: { labels: Object.assign(labelsOf(name), ...callees.map((callee) => caller(callee.name))) },
            spec: podSpec(service, {}, { restartPolicy: 'Never' }),
          },
        },
      },
    },
  });
  networkPolicy(scope, 'network-policy', name, { callees, places });
}
