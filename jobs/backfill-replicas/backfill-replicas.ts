import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { cronJob } from '../../charts/cron-job.ts';
import type { Images } from '../../lib/images.ts';
import { programCommand, shell } from '../../lib/kube/tekton.ts';

export const compareRegistries = new URL('./compare-registries.ts', import.meta.url);

type PlainVariables = 'SERVICES' | 'SOURCE' | 'REPLICA' | 'PLAN' | 'INSECURE' | 'DOCKER_CONFIG';
export type CompareVariables = PlainVariables | 'SIGNING_PUBLIC_KEY';

/** Every five minutes, copies signed images and their signatures to the replica registry that a run could not copy or that were lost there. */
export function backfillReplicas(
  scope: Construct,
  images: Images,
  registries: { source: string; replica: string; insecure: boolean },
  services: string[],
): void {
  const common = { PLAN: '/plan', INSECURE: String(registries.insecure), DOCKER_CONFIG: '/login' };
  const compared: Record<PlainVariables, string> = {
    SERVICES: services.join(' '),
    SOURCE: registries.source,
    REPLICA: registries.replica,
    ...common,
  };
  const env = (variables: Record<string, string>) =>
    Object.entries(variables).map(([name, value]) => ({ name, value }));
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
        ...env(compared),
        {
          name: 'SIGNING_PUBLIC_KEY' satisfies CompareVariables,
          valueFrom: { secretKeyRef: { name: 'signing-public-key', key: 'key' } },
        },
      ],
      resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
      volumeMounts: [login, plan],
    },
    container: {
      name: 'copy',
      image: images.crane,
      command: ['sh', '-c'],
      args: [shell(new URL('./copy.sh', import.meta.url), 'crane')],
      env: env(common),
      resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      volumeMounts: [login, { ...plan, readOnly: true }],
    },
    volumes: [
      { name: 'login', secret: { secretName: 'registry-replicate' } },
      { name: 'plan', emptyDir: { sizeLimit: k8s.Quantity.fromString('16Mi') } },
    ],
  });
}
