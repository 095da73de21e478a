import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { oneAtATime } from './cron-job.ts';
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

/** A service in one environment that runs on a schedule. */
export function scheduledService(scope: Construct, service: ScheduledService): void {
  const { name, schedule, callees, places, migrates = false } = service;
  serviceAccount(scope, name, migrates);
  new k8s.KubeCronJob(scope, 'cron-job', {
    metadata: metadataOf(name),
    spec: {
      // One that hangs would keep all later ones from running.
      ...oneAtATime(schedule, 3600, {
        metadata: { labels: Object.assign(labelsOf(name), ...callees.map((callee) => caller(callee.name))) },
        spec: podSpec(service, {}, { restartPolicy: 'Never' }),
      }),
      timeZone: 'Etc/UTC',
    },
  });
  networkPolicy(scope, 'network-policy', name, { callees, places });
}
