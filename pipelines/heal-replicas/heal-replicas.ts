import type { Construct } from 'constructs';
import { repeatedJob } from '../../lib/cron-job.ts';
import type { Images } from '../../lib/images.ts';
import { shell } from '../../lib/tekton.ts';

/** Every five minutes, copies to the standby's registry what a run could not: its registry was late, or out of reach. */
export function healReplicas(
  scope: Construct,
  images: Images,
  registries: { home: string; standby: string; insecure: boolean; copies: boolean },
  services: string[],
): void {
  repeatedJob(scope, {
    name: 'heal-replicas',
    schedule: '*/5 * * * *',
    deadline: 900,
    serviceAccount: 'replicate',
    container: {
      name: 'copy',
      image: images.crane,
      command: ['sh', '-c'],
      args: [shell(new URL('./heal-replicas.sh', import.meta.url))],
      env: [
        { name: 'SERVICES', value: services.join(' ') },
        { name: 'HOME_REGISTRY', value: registries.home },
        { name: 'STANDBY', value: registries.standby },
        // Where registries replicate by themselves they keep no tag for what is signed, which crane could copy: until they have brought it, dr
        // refuses the image.
        { name: 'SIGNATURES', value: String(registries.copies) },
        { name: 'INSECURE', value: String(registries.insecure) },
        { name: 'DOCKER_CONFIG', value: '/login' },
      ],
      resources: { cpu: '20m', memory: '64Mi', memoryLimit: '512Mi' },
      volumeMounts: [{ name: 'login', mountPath: '/login', readOnly: true }],
    },
    volumes: [{ name: 'login', secret: { secretName: 'registry-replicate' } }],
  });
}
