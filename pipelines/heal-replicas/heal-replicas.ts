import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Images } from '../../lib/images.ts';
import { computeResources, nonRoot, shell } from '../../lib/tekton.ts';

const name = 'heal-replicas';

/** Every five minutes, copies to the standby's registry what a run could not: its registry was late, or out of reach. */
export function healReplicas(
  scope: Construct,
  images: Images,
  registries: { home: string; standby: string; insecure: boolean },
  services: string[],
): void {
  const { requests, limits } = computeResources({ cpu: '20m', memory: '64Mi', memoryLimit: '512Mi' });
  const amounts = (list: Record<string, string>) =>
    Object.fromEntries(Object.entries(list).map(([key, value]) => [key, k8s.Quantity.fromString(value)]));
  new k8s.KubeCronJob(scope, `cronjob-${name}`, {
    metadata: { name },
    spec: {
      schedule: '*/5 * * * *',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 120,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        spec: {
          // What it did not manage, the next one does.
          backoffLimit: 0,
          activeDeadlineSeconds: 900,
          template: {
            metadata: { labels: { app: name } },
            spec: {
              serviceAccountName: 'replicate',
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              restartPolicy: 'Never',
              securityContext: { ...nonRoot, seccompProfile: { type: 'RuntimeDefault' } },
              containers: [
                {
                  name: 'copy',
                  image: images.crane,
                  command: ['sh', '-c'],
                  args: [shell(new URL('./heal-replicas.sh', import.meta.url))],
                  env: [
                    { name: 'SERVICES', value: services.join(' ') },
                    { name: 'HOME_REGISTRY', value: registries.home },
                    { name: 'STANDBY', value: registries.standby },
                    { name: 'INSECURE', value: String(registries.insecure) },
                    { name: 'DOCKER_CONFIG', value: '/login' },
                  ],
                  resources: { requests: amounts(requests), limits: amounts(limits) },
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ['ALL'] },
                  },
                  volumeMounts: [{ name: 'login', mountPath: '/login', readOnly: true }],
                },
              ],
              volumes: [{ name: 'login', secret: { secretName: 'registry-replicate' } }],
            },
          },
        },
      },
    },
  });
}
