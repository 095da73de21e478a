import { storesOf } from '../../apps/stores.ts';
import { healthZone, signingAccount, signingKeyAlias } from '../../overlays/names.ts';
import type { Region, RegionName } from '../../overlays/overlay.ts';
import { retain } from '../../overlays/retain.ts';
import { registrySecrets } from '../../overlays/secrets.ts';
import { aws } from '../../overlays/sites/aws.ts';
import type { Ground } from '../ground.ts';
import type { Scope } from '../stack.ts';
import { certificate, publicZone } from './certificates.ts';
import { cluster } from './cluster.ts';
import { edge } from './edge.ts';
import { ingress } from './ingress.ts';
import { karpenter } from './karpenter.ts';
import { key } from './keys.ts';
import { logDelivery } from './log-delivery.ts';
import { loginRoles } from './logins.ts';
import { logsKey } from './logs.ts';
import { network, networksOf } from './network.ts';
import { podIdentity } from './pods.ts';
import { registry } from './registry.ts';
import { externalSecrets, serviceRoles } from './services.ts';

/** All that a region has by itself. It names nothing of the other one, so it is planned and applied while that is gone. */
export function regionBase(scope: Scope, ground: Ground, name: RegionName): void {
  const region = ground.regions[name];
  const { services, environments, regions } = ground;
  const names = services.map((service) => service.name);
  const logs = logsKey(scope, region);
  const net = network(scope, region, logs);
  const eks = cluster(scope, region, net, { logsKey: logs, environments });
  karpenter(scope, region, eks);
  const { link } = edge(scope, region, net, {
    cluster: eks.name,
    // Seoul's is asked by its customers.
    canaries: name === 'tokyo' ? networksOf(region, 'functions') : [],
  });
  const { domain } = aws.ingress;
  const zone = publicZone(scope, name, domain);
  ingress(scope, region, net, eks, {
    certificates: certificatesOf(scope, zone, ground, region),
    link,
    // Of Tekton's listener, and of Argo CD.
    hooks: {
      zone,
      hosts: [...(region.hasPipelines ? [`hooks.${domain}`] : []), `argocd.${region.subdomain}${domain}`],
    },
    watchers: watchersOf(ground, name),
  });
  logDelivery(scope, region, eks, logs);
  const to = region.replicatesTo ? regions[region.replicatesTo] : undefined;
  registry(scope, region, { services: names, environments: environments.length, retain }, to);
  serviceRoles(scope, region, eks, storesOf(services, environments));
  const logins = region.hasPipelines ? registrySecrets : [];
  externalSecrets(scope, region, eks, logins);
  loginRoles(scope, region, regions, { logins, services: names });
  if (region.hasPipelines) {
    const signing = key(scope, region, {
      alias: signingKeyAlias,
      description: 'Signs images',
      // Asymmetric keys are not rotated: who rotates this one signs everything anew.
      config: { keyUsage: 'SIGN_VERIFY', customerMasterKeySpec: 'ECC_NIST_P256', enableKeyRotation: false },
    });
    podIdentity(scope, region, eks, {
      name: signingAccount.role,
      description: 'Signs images that the pipeline pushed',
      ...signingAccount,
      statements: [
        { sid: 'Sign', actions: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'], resources: [signing.arn] },
      ],
    });
  }
}

/** Of every host that the ingress of a region answers to: its environments', those whose traffic comes after a failover, the platform's own, and those of the observers. */
function certificatesOf(scope: Scope, zone: string, { environments }: Ground, region: Region): string[] {
  const { domain } = aws.ingress;
  const own = environments.filter((overlay) => overlay.region === region.name);
  const subdomains = own.flatMap(({ subdomain, answersFor }) => [subdomain, ...answersFor]);
  const below = [...new Set(['', ...subdomains, region.subdomain])].map((subdomain) => subdomain + domain);
  return [...below, healthZone(region.name, domain)].map((parent) => certificate(scope, region, zone, `*.${parent}`));
}

/** Who asks for the health page: the functions in Tokyo, of both regions, and the witness, of Seoul. */
const watchersOf = ({ regions, witness }: Ground, name: RegionName): string[] =>
  (name === 'seoul' ? [regions.tokyo, witness] : [regions.tokyo]).flatMap((net) => networksOf(net, 'functions'));
