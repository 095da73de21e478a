import { storesOf } from '../../apps/stores.ts';
import { signingAccount, signingKeyAlias } from '../../overlays/names.ts';
import type { RegionName } from '../../overlays/overlay.ts';
import { retain } from '../../overlays/retain.ts';
import { registrySecrets } from '../../overlays/secrets.ts';
import type { Ground } from '../ground.ts';
import type { Scope } from '../stack.ts';
import { cluster } from './cluster.ts';
import { edge } from './edge.ts';
import { karpenter } from './karpenter.ts';
import { key } from './keys.ts';
import { logDelivery } from './log-delivery.ts';
import { loginRoles } from './logins.ts';
import { logsKey } from './logs.ts';
import { network } from './network.ts';
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
  edge(scope, region, net, eks);
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
