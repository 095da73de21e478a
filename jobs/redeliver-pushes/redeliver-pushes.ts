import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { cronJob } from '../../charts/cron-job.ts';
import type { Images } from '../../lib/images.ts';
import { programCommand } from '../../lib/kube/tekton.ts';
import type { ForgeKind } from '../../lib/release/forge.ts';

export const redeliver = new URL('./redeliver.ts', import.meta.url);
const name = 'redeliver-pushes';

/**
 * Every five minutes, tells the EventListener again what it lost: a head of main that has no run. And it deletes the runs that nobody
 * looks at any more. It may not make runs: a push that it tells goes through what every push goes through.
 */
export function redeliverPushes(
  scope: Construct,
  images: Images,
  forge: { kind: ForgeKind; api: string; owner: string },
  environment: string,
  services: string[],
): void {
  const metadata = { name };
  new k8s.KubeServiceAccount(scope, `serviceaccount-${name}`, { metadata, automountServiceAccountToken: false });
  new k8s.KubeRole(scope, `role-${name}`, {
    metadata,
    rules: [{ apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['get', 'list', 'delete'] }],
  });
  new k8s.KubeRoleBinding(scope, `rolebinding-${name}`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'ci' }],
  });
  const secret = (variable: string, of: string, key: string): k8s.EnvVar => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: of, key } },
  });
  cronJob(scope, {
    name,
    // Not in the minute of backfill-replicas.
    schedule: '2-59/5 * * * *',
    // Less than five minutes, so that none is left out because of the one before. The program ends itself sooner, and says at what.
    activeDeadlineSeconds: 280,
    serviceAccountName: name,
    automountServiceAccountToken: true,
    container: {
      name,
      image: images.programs,
      command: programCommand(redeliver),
      env: [
        { name: 'SERVICES', value: services.join(' ') },
        { name: 'ENVIRONMENT', value: environment },
        { name: 'FORGE_KIND', value: forge.kind },
        { name: 'FORGE_API', value: forge.api },
        { name: 'FORGE_OWNER', value: forge.owner },
        { name: 'PLATFORM_REPOSITORY', value: 'platform' },
        { name: 'LISTENER', value: 'http://el-git.ci.svc:8080' },
        { name: 'KUBERNETES_API', value: 'https://kubernetes.default.svc' },
        { name: 'SERVICE_ACCOUNT', value: '/var/run/secrets/kubernetes.io/serviceaccount' },
        { name: 'PATIENCE_SECONDS', value: '120' },
        { name: 'RUN_WITHIN_SECONDS', value: '20' },
        secret('FORGE_TOKEN', 'forge-read', 'token'),
        secret('WEBHOOK_SECRET', 'webhook', 'secret'),
      ],
      resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
    },
  });
}
