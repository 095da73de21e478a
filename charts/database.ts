import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { inWave, runAtSync } from '../lib/kube/argocd.ts';
import type { Place } from '../lib/kube/network-policy.ts';
import { migrationName } from '../lib/release/releases.ts';
import { labelsOf, metadataOf, networkPolicy, podSpec, type ServicePod, waves } from './service-pod.ts';

export type Database = {
  /** The Service by which pods know it: one name, whichever region has the writer. */
  host: string;
  port: number;
  /** The name of whatever writes; undefined where the platform keeps the address in an EndpointSlice of its own. */
  writer: string | undefined;
  places: readonly Place[];
  /** Arguments of the service's own image that bring the schema up to date. */
  migrate: string[];
};

/**
 * The database of a service: the Service for its host, and the Job that migrates it, by the image that is about to run. Argo CD runs the Job at
 * each sync, before the Deployment and after all that the Job needs. So it is no hook of PreSync, which would come before its own Service and
 * NetworkPolicy, and never get over a change of them.
 */
export function database(scope: Construct, pod: ServicePod, { host, port, writer, places, migrate }: Database): void {
  const name = migrationName(pod.name);
  const before = inWave(waves.before);
  new k8s.KubeService(scope, 'service-db', {
    metadata: { name: host, labels: labelsOf(pod.name), annotations: before },
    spec: writer
      ? { type: 'ExternalName', externalName: writer }
      : { ports: [{ name: 'postgres', port, targetPort: k8s.IntOrString.fromNumber(port) }] },
  });
  new k8s.KubeJob(scope, 'job-migrate', {
    metadata: { ...metadataOf(name), annotations: { ...runAtSync, ...inWave(waves.migration) } },
    spec: {
      // It waits for the database by itself; a try more than that is for a node that goes.
      backoffLimit: 2,
      activeDeadlineSeconds: 300,
      template: {
        // Not the label of the service: its pods are no endpoints, and count for no budget and no autoscaler.
        metadata: { labels: labelsOf(name) },
        spec: podSpec(pod, { args: migrate }, { restartPolicy: 'Never' }),
      },
    },
  });
  networkPolicy(scope, 'network-policy-migrate', name, { places, annotations: before });
}
