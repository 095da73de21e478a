import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { cronJob } from '../../charts/cron-job.ts';
import type { Images } from '../../lib/images.ts';
import { rightsOf } from '../../lib/kube/rights.ts';
import { programCommand } from '../../lib/kube/tekton.ts';
import type { ForgeKind } from '../../lib/release/forge.ts';

export const redeliver = new URL('./redeliver.ts', import.meta.url);
const name = 'redeliver-pushes';

const secrets = {
  FORGE_TOKEN: { name: 'forge-read', key: 'token' },
};
type Forge = { kind: ForgeKind; api: string; owner: string };
/** A service, and the Secret that its webhooks are signed with. */
type Signed = { name: string; webhookSecret: string };
const webhooks = { name: 'webhooks', mountPath: '/webhooks', readOnly: true };
const variables = (forge: Forge, environment: string, services: Signed[]) => ({
  SERVICES: services.map(({ name }) => name).join(' '),
  ENVIRONMENT: environment,
  FORGE_KIND: forge.kind,
  FORGE_API: forge.api,
  FORGE_OWNER: forge.owner,
  PLATFORM_REPOSITORY: 'platform',
  WEBHOOK_SECRETS: webhooks.mountPath,
  LISTENER: 'http://el-git.ci.svc:8080',
  KUBERNETES_API: 'https://kubernetes.default.svc',
  SERVICE_ACCOUNT: '/var/run/secrets/kubernetes.io/serviceaccount',
  PATIENCE_SECONDS: '120',
  RUN_WITHIN_SECONDS: '20',
});
export type RedeliverVariables = keyof ReturnType<typeof variables> | keyof typeof secrets;

const environmentOf = (...given: Parameters<typeof variables>): k8s.EnvVar[] => [
  ...Object.entries(variables(...given)).map(([name, value]) => ({ name, value })),
  ...Object.entries(secrets).map(([name, secretKeyRef]) => ({ name, valueFrom: { secretKeyRef } })),
];

/**
 * Every five minutes, redelivers lost webhooks: a head of main without a run. Deletes old runs too. It may not create runs, so a redelivered
 * push passes the same checks as any other.
 */
export function redeliverPushes(
  scope: Construct,
  images: Images,
  forge: Forge,
  environment: string,
  services: Signed[],
): void {
  const metadata = { name };
  new k8s.KubeServiceAccount(scope, `serviceaccount-${name}`, { metadata, automountServiceAccountToken: false });
  const rules = [{ apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['get', 'list', 'delete'] }];
  rightsOf(scope, { name, namespace: 'ci' }, { ci: rules });
  cronJob(scope, {
    name,
    // Not in the minute of backfill-replicas.
    schedule: '2-59/5 * * * *',
    // Less than five minutes, so no Job is skipped because of the one before. The program itself stops sooner, and says why.
    activeDeadlineSeconds: 280,
    serviceAccountName: name,
    automountServiceAccountToken: true,
    container: {
      name,
      image: images.programs,
      command: programCommand(redeliver),
      env: environmentOf(forge, environment, services),
      volumeMounts: [webhooks],
      resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
    },
    volumes: [
      {
        name: webhooks.name,
        projected: {
          sources: services.map(({ name, webhookSecret }) => ({
            // A Secret that is missing must not stop the redelivery of other services.
            secret: { name: webhookSecret, items: [{ key: 'secret', path: name }], optional: true },
          })),
        },
      },
    ],
  });
}
