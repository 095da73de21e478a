import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { cronJob } from '../../charts/cron-job.ts';
import type { Images } from '../../lib/images.ts';
import { programCommand } from '../../lib/kube/tekton.ts';
import type { ForgeKind } from '../../lib/release/forge.ts';
import type { Retain } from '../../overlays/overlay.ts';

export const prune = new URL('./prune.ts', import.meta.url);
const name = 'prune-images';

type Given = {
  forge: { kind: ForgeKind; api: string; owner: string };
  registries: { source: string; replica: string; insecure: boolean };
  services: readonly string[];
  environments: readonly string[];
  retain: Retain;
};
/** The folder of the login to each registry. */
const logins = { source: '/login/source', replica: '/login/replica' };
const variables = ({ forge, registries, services, environments, retain }: Given) => ({
  SERVICES: services.join(' '),
  ENVIRONMENTS: environments.join(' '),
  FORGE_KIND: forge.kind,
  FORGE_API: forge.api,
  FORGE_OWNER: forge.owner,
  PLATFORM_REPOSITORY: 'platform',
  SOURCE: registries.source,
  REPLICA: registries.replica,
  SOURCE_LOGIN: logins.source,
  REPLICA_LOGIN: logins.replica,
  INSECURE: String(registries.insecure),
  RELEASES: String(retain.releases),
  DAYS: String(retain.days),
  CACHE_DAYS: String(retain.cacheDays),
});
export type PruneVariables = keyof ReturnType<typeof variables> | 'FORGE_TOKEN';

/** Every hour, deletes the tags of images, statements and cached layers in both registries that nothing retains. */
export function pruneImages(scope: Construct, images: Images, given: Given): void {
  new k8s.KubeServiceAccount(scope, `serviceaccount-${name}`, {
    metadata: { name },
    automountServiceAccountToken: false,
  });
  cronJob(scope, {
    name,
    // In no minute of the other jobs.
    schedule: '24 * * * *',
    activeDeadlineSeconds: 900,
    serviceAccountName: name,
    container: {
      name,
      image: images.programs,
      command: programCommand(prune),
      env: [
        ...Object.entries(variables(given)).map(([name, value]) => ({ name, value })),
        {
          name: 'FORGE_TOKEN' satisfies PruneVariables,
          valueFrom: { secretKeyRef: { name: 'forge-read', key: 'token' } },
        },
      ],
      volumeMounts: Object.entries(logins).map(([name, mountPath]) => ({ name, mountPath, readOnly: true })),
      resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
    },
    volumes: [
      { name: 'source', secret: { secretName: 'registry-push' } },
      { name: 'replica', secret: { secretName: 'registry-replicate' } },
    ],
  });
}
