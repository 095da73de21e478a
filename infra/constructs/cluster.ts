import { EbsEncryptionByDefault } from '@cdktn/provider-aws/lib/ebs-encryption-by-default/index.js';
import { EbsSnapshotBlockPublicAccess } from '@cdktn/provider-aws/lib/ebs-snapshot-block-public-access/index.js';
import { Ec2Tag } from '@cdktn/provider-aws/lib/ec2-tag/index.js';
import { EksAccessEntry } from '@cdktn/provider-aws/lib/eks-access-entry/index.js';
import { EksAccessPolicyAssociation } from '@cdktn/provider-aws/lib/eks-access-policy-association/index.js';
import { EksAddon } from '@cdktn/provider-aws/lib/eks-addon/index.js';
import { EksCluster } from '@cdktn/provider-aws/lib/eks-cluster/index.js';
import { EksNodeGroup } from '@cdktn/provider-aws/lib/eks-node-group/index.js';
import { LaunchTemplate } from '@cdktn/provider-aws/lib/launch-template/index.js';
import { type Landing, versions } from '../../overlays/landing.ts';
import {
  accessPolicyArn,
  clusterLogGroup,
  clusters,
  keyAlias,
  people,
  podRole,
  roleArn,
} from '../../overlays/names.ts';
import type { Overlay, Region } from '../../overlays/overlay.ts';
import { idOf, type Scope } from '../stack.ts';
import { key } from './keys.ts';
import { logGroup } from './logs.ts';
import type { Network } from './network.ts';
import { role, trustPlainService, trustPod } from './roles.ts';

export type Cluster = {
  eks: EksCluster;
  nodes: EksNodeGroup;
  name: string;
  securityGroup: string;
  /** Log group of the control plane. */
  logs: { name: string };
};

/** What the role of a node may do, managed or Karpenter's: join, pull images, be reached by Session Manager. No permission that a pod needs. */
export const nodePolicies = [
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEKSWorkerNodePolicy',
  'AmazonSSMManagedInstanceCore',
];

/** The cluster with its managed node group, and the add-ons that must be there before Argo CD. All else comes by Argo CD. */
export function cluster(
  scope: Scope,
  region: Region & Landing,
  { subnets }: Network,
  { logsKey, environments }: { logsKey: string; environments: readonly Overlay[] },
): Cluster {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const { name, nodeGroup } = clusters[region.name];
  const secrets = key(scope, region, { alias: keyAlias('eks'), description: 'Secrets in the cluster' });
  const controlPlane = role(scope, region.name, {
    name: `${name}-control-plane`,
    description: 'The control plane of the cluster',
    trust: trustPlainService('eks'),
    managed: ['AmazonEKSClusterPolicy'],
    statements: [
      {
        sid: 'Secrets',
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ListGrants'],
        resources: [secrets.arn],
      },
    ],
  });
  const logs = logGroup(scope, region, clusterLogGroup(name), { days: 30, key: logsKey });
  new EbsEncryptionByDefault(stack, 'ebs-encryption', { provider, enabled: true });
  new EbsSnapshotBlockPublicAccess(stack, 'no-public-snapshots', { provider, state: 'block-all-sharing' });
  const eks = new EksCluster(stack, 'cluster', {
    provider,
    name,
    version: versions.kubernetes,
    roleArn: controlPlane.arn,
    deletionProtection: true,
    // Extended support costs six times as much: upgrade in time.
    upgradePolicy: { supportType: 'STANDARD' },
    // Whoever applies is no admin of the cluster by that.
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    // The add-ons below are the only ones.
    bootstrapSelfManagedAddons: false,
    enabledClusterLogTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
    encryptionConfig: { provider: { keyArn: secrets.arn }, resources: ['secrets'] },
    kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: region.services },
    vpcConfig: {
      subnetIds: subnets.private.map(({ id }) => id),
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: [...region.people],
    },
    zonalShiftConfig: { enabled: true },
    dependsOn: [logs],
    lifecycle: { preventDestroy: true },
  });
  const securityGroup = eks.vpcConfig.clusterSecurityGroupId;
  // Karpenter's nodes are in the same security group. Of all, only this one has the tag: two would break load balancers.
  new Ec2Tag(stack, 'discovery', { provider, resourceId: securityGroup, key: 'karpenter.sh/discovery', value: name });
  accessEntries(scope, region, eks, environments);

  const addon = (addonName: string, values?: object, extra: object = {}) =>
    new EksAddon(stack, `addon-${addonName}`, {
      provider,
      clusterName: eks.name,
      addonName,
      resolveConflictsOnCreate: 'OVERWRITE',
      resolveConflictsOnUpdate: 'OVERWRITE',
      ...(values ? { configurationValues: scope.json(`addon-${addonName}-values`, values) } : {}),
      ...extra,
    });
  const addonRole = (program: string, account: string, policy: string) => ({
    podIdentityAssociation: [
      {
        serviceAccount: account,
        roleArn: role(scope, region.name, {
          name: podRole(name, program),
          description: `The add-on ${program}`,
          trust: trustPod({ cluster: name, namespace: 'kube-system', account }, region.aws.account),
          managed: [policy],
        }).arn,
      },
    ],
  });
  // Nodes get ready with these, so they are first.
  const first = [
    addon('eks-pod-identity-agent'),
    addon('kube-proxy'),
    addon(
      'vpc-cni',
      // Strict: a new pod starts closed, and not open until its policies are found.
      { enableNetworkPolicy: 'true', env: { NETWORK_POLICY_ENFORCING_MODE: 'strict' } },
      addonRole('vpc-cni', 'aws-node', 'AmazonEKS_CNI_Policy'),
    ),
  ];
  const nodes = managedNodes(scope, region, eks, { group: nodeGroup, subnets: subnets.private, after: first });
  const afterNodes = { dependsOn: [nodes] };
  addon('coredns', undefined, afterNodes);
  addon('metrics-server', undefined, afterNodes);
  addon('aws-ebs-csi-driver', undefined, {
    ...addonRole('ebs-csi', 'ebs-csi-controller-sa', 'service-role/AmazonEBSCSIDriverPolicy'),
    ...afterNodes,
  });
  return { eks, nodes, name, securityGroup, logs };
}

function managedNodes(
  scope: Scope,
  region: Region & Landing,
  eks: EksCluster,
  { group, subnets, after }: { group: string; subnets: Network['subnets']['private']; after: EksAddon[] },
): EksNodeGroup {
  const provider = scope.provider(region.name);
  const nodeRole = role(scope, region.name, {
    name: `${group}-node`,
    description: `Nodes of the managed node group ${group}`,
    trust: trustPlainService('ec2'),
    managed: nodePolicies,
  });
  const template = new LaunchTemplate(scope.stack, 'node-template', {
    provider,
    name: group,
    updateDefaultVersion: true,
    // One hop: the metadata service does not answer pods, so none gets the role of the node.
    metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [
      {
        deviceName: '/dev/xvda',
        ebs: { volumeSize: 50, volumeType: 'gp3', encrypted: 'true', deleteOnTermination: 'true' },
      },
    ],
    tagSpecifications: [{ resourceType: 'instance', tags: { Name: group } }],
  });
  const { types, min, desired, max } = region.nodes;
  return new EksNodeGroup(scope.stack, 'nodes', {
    provider,
    clusterName: eks.name,
    nodeGroupName: group,
    nodeRoleArn: nodeRole.arn,
    subnetIds: subnets.map(({ id }) => id),
    amiType: 'AL2023_x86_64_STANDARD',
    capacityType: 'ON_DEMAND',
    instanceTypes: [...types],
    launchTemplate: { id: template.id, version: `${template.latestVersion}` },
    scalingConfig: { minSize: min, desiredSize: desired, maxSize: max },
    updateConfig: { maxUnavailable: 1 },
    nodeRepairConfig: { enabled: true },
    dependsOn: after,
    // A failover raises it (eks-scale-dr): the next apply must not take the nodes away again.
    lifecycle: { ignoreChanges: ['scaling_config[0].desired_size'] },
  });
}

/** Who may do what in the cluster. Kubernetes' own groups give nobody anything. */
function accessEntries(scope: Scope, region: Region, eks: EksCluster, environments: readonly Overlay[]): void {
  const provider = scope.provider(region.name);
  const namespaces = environments.filter((overlay) => overlay.region === region.name).map(({ name }) => name);
  const inNamespaces = { type: 'namespace', namespaces };
  const entries = {
    [people.admin]: { policy: 'AmazonEKSClusterAdminPolicy', accessScope: { type: 'cluster' } },
    [people.developer]: { policy: 'AmazonEKSViewPolicy', accessScope: inNamespaces },
    [people.oncall]: { policy: 'AmazonEKSEditPolicy', accessScope: inNamespaces },
    [people.auditor]: { policy: 'AmazonEKSViewPolicy', accessScope: { type: 'cluster' } },
  };
  for (const [name, { policy, accessScope }] of Object.entries(entries)) {
    const entry = new EksAccessEntry(scope.stack, `access-${idOf(name)}`, {
      provider,
      clusterName: eks.name,
      principalArn: roleArn(region, name),
      type: 'STANDARD',
    });
    new EksAccessPolicyAssociation(scope.stack, `access-${idOf(name)}-policy`, {
      provider,
      clusterName: eks.name,
      principalArn: entry.principalArn,
      policyArn: accessPolicyArn(policy),
      accessScope,
    });
  }
}
