import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { cronJob } from '../../charts/cron-job.ts';
import type { Images } from '../../lib/images.ts';
import { programCommand, shell } from '../../lib/kube/tekton.ts';

export const compareRegistries = new URL('./compare-registries.ts', import.meta.url);

/** Every five minutes, copies to the standby's registry what a run could not, or what was lost since: images, and what is signed about them. */
export function backfillReplicas(
  scope: Construct,
  images: Images,
  registries: { home: string; standby: string; insecure: boolean },
  services: string[],
): void {
  const env = [
    { name: 'PLAN', value: '/plan' },
    { name: 'INSECURE', value: String(registries.insecure) },
    { name: 'DOCKER_CONFIG', value: '/login' },
  ];
  const login = { name: 'login', mountPath: '/login', readOnly: true };
  const plan = { name: 'plan', mountPath: '/plan' };
  cronJob(scope, {
    name: 'backfill-replicas',
    schedule: '*/5 * * * *',
    activeDeadlineSeconds: 900,
    serviceAccountName: 'replicate',
    initContainer: {
      name: 'compare',
      image: images.programs,
      command: programCommand(compareRegistries),
      env: [
        { name: 'SERVICES', value: services.join(' ') },
        { name: 'HOME_REGISTRY', value: registries.home },
        { name: 'STANDBY', value: registries.standby },
        ...env,
      ],
      resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
      volumeMounts: [login, plan],
    },
    container: {
      name: 'copy',
      image: images.crane,
      command: ['sh', '-c'],
      args: [shell(new URL('./copy.sh', import.meta.url))],
      env,
      resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      volumeMounts: [login, { ...plan, readOnly: true }],
    },
    volumes: [
      { name: 'login', secret: { secretName: 'registry-replicate' } },
      { name: 'plan', emptyDir: { sizeLimit: k8s.Quantity.fromString('16Mi') } },
    ],
  });
}
