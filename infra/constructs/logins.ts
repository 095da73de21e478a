import { arn, clusters, loginRoleName, podRole, roleArn } from '../../overlays/names.ts';
import type { Region, RegionName, RegistryLogin } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import type { Scope } from '../stack.ts';
import { role } from './roles.ts';

const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const push = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
const list = ['ecr:DescribeImages', 'ecr:ListImages'];

/** What each login may do, in the registry of its region and in that of replicas. */
const rights: Record<string, { own: string[]; replicas?: string[] }> = {
  'registry-push': { own: [...pull, ...push, ...list] },
  'registry-pull': { own: [...pull, ...list] },
  'registry-replicate': { own: [...pull, ...list], replicas: [...pull, ...push, ...list] },
};

/**
 * The roles of the logins. The External Secrets operator assumes them, and fetches a password for each. No login may delete, or change a
 * repository.
 */
export function loginRoles(
  scope: Scope,
  region: Region,
  others: Record<RegionName, Region>,
  { logins, services }: { logins: readonly RegistryLogin[]; services: readonly string[] },
): void {
  const operator = roleArn(region, podRole(clusters[region.name].name, 'external-secrets'));
  for (const { name, registries } of logins) {
    const given = rights[name];
    if (!given) throw new Error(`constructs/logins.ts: no rights for the login ${name}; add them`);
    const statements = registries.flatMap((at): Statement[] => {
      const there = others[at];
      const actions = at === region.name ? given.own : given.replicas;
      if (!actions) throw new Error(`constructs/logins.ts: ${name} has no rights in ${at}; add them`);
      return [
        {
          sid: at,
          actions,
          resources: services.flatMap((service) =>
            [service, `${service}/*`].map((repository) => arn(there, 'ecr', `repository/${repository}`)),
          ),
        },
      ];
    });
    role(scope, region.name, {
      name: loginRoleName(name),
      description: `Login ${name}`,
      trust: [
        { sid: 'ExternalSecrets', actions: ['sts:AssumeRole', 'sts:TagSession'], principals: { AWS: [operator] } },
      ],
      // IAM confines a login to nothing less than the account; what it may do there is below.
      statements: [{ sid: 'Login', actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }, ...statements],
    });
  }
}
