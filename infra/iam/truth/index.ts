import { services } from '../../../apps/index.ts';
import { storesOf } from '../../../apps/stores.ts';
import { environments } from '../../../overlays/environments/index.ts';
import { acceleratorRegion, arn, clusters, signingAccount, witnessNetwork } from '../../../overlays/names.ts';
import { flowLog, login, ofCluster } from './cluster.ts';
import { firewallTruths } from './firewall.ts';
import { gatewayTruths } from './gateway.ts';
import {
  aKey,
  call,
  calls,
  image,
  never,
  ofPod,
  reference,
  seoul,
  service,
  someone,
  type Truth,
  tokyo,
} from './kit.ts';
import { access } from './people.ts';
import { replicatorTruths, serviceTruths } from './services.ts';
import { workflowTruths } from './workflows.ts';

const signingKey = reference('aws_kms_key.key-gitops-platform-signing');

const stores = storesOf(services, environments);

/** The table of every role of the stacks. */
export const truths: Record<string, Truth> = {
  ...access,
  ...workflowTruths,
  ...ofCluster(seoul),
  ...ofCluster(tokyo),
  ...login(
    'registry-push',
    calls(['ecr:PutImage', 'ecr:BatchGetImage', 'ecr:UploadLayerPart'], image(seoul)),
    calls(['ecr:PutImage', 'ecr:BatchGetImage'], image(tokyo)),
  ),
  ...login(
    'registry-pull',
    [call('ecr:BatchGetImage', image(seoul)), call('ecr:GetDownloadUrlForLayer', image(seoul, 'ticket/dependencies'))],
    [...calls(['ecr:PutImage', 'ecr:UploadLayerPart'], image(seoul)), call('ecr:BatchGetImage', image(tokyo))],
  ),
  ...login(
    'registry-replicate',
    [call('ecr:BatchGetImage', image(seoul)), ...calls(['ecr:PutImage', 'ecr:BatchGetImage'], image(tokyo))],
    calls(['ecr:PutImage', 'ecr:UploadLayerPart'], image(seoul)),
  ),
  [signingAccount.role]: {
    ...ofPod(clusters.seoul.name, signingAccount.namespace, signingAccount.account),
    may: calls(['kms:Sign', 'kms:GetPublicKey'], signingKey),
    mayNot: [
      ...never,
      call('kms:Sign', aKey(seoul)),
      ...calls(['kms:Decrypt', 'kms:ScheduleKeyDeletion', 'kms:PutKeyPolicy'], signingKey),
      call('ecr:PutImage', image(seoul)),
    ],
  },
  [`${witnessNetwork}-flow-log`]: flowLog({ aws: { ...tokyo.aws, region: acceleratorRegion } }, witnessNetwork),
  ...serviceTruths(stores),
  'tickets-ecr-creation': {
    may: [call('ecr:CreateRepository', arn(tokyo, 'ecr', 'repository/new'))],
    mayNot: [...never, call('ecr:DeleteRepository', image(tokyo)), call('ecr:CreateRepository', image(seoul))],
    assumedBy: [service('ecr')],
    notBy: [service('lambda'), { kind: 'AWS', id: someone }],
  },
  ...replicatorTruths(stores),
  ...firewallTruths,
  ...gatewayTruths,
};
