import { CloudwatchEventRule } from '@cdktn/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktn/provider-aws/lib/cloudwatch-event-target/index.js';
import { EksAccessEntry } from '@cdktn/provider-aws/lib/eks-access-entry/index.js';
import { arn, clusters, globalArn, interruptionQueue, roleArn, servicePrincipal } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import type { Scope } from '../stack.ts';
import { type Cluster, nodePolicies } from './cluster.ts';
import { programRole } from './pods.ts';
import { eventQueue } from './queue.ts';
import { role, trustPlainService } from './roles.ts';

/** What Karpenter hears of. */
const events: [name: string, source: string, kind: string][] = [
  ['health', 'aws.health', 'AWS Health Event'],
  ['spot', 'aws.ec2', 'EC2 Spot Instance Interruption Warning'],
  ['rebalance', 'aws.ec2', 'EC2 Instance Rebalance Recommendation'],
  ['state', 'aws.ec2', 'EC2 Instance State-change Notification'],
  ['reservation', 'aws.ec2', 'EC2 Capacity Reservation Instance Interruption Warning'],
];

/** Roles, queue and rules of Karpenter, and the role of the nodes that it adds. */
export function karpenter(scope: Scope, region: Region, cluster: Cluster): void {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const name = interruptionQueue(cluster.name);
  const rules = events.map(([event, source, kind]) => {
    const id = `interruption-${event}`;
    return new CloudwatchEventRule(stack, id, {
      provider,
      name: `${name}-${event}`,
      eventPattern: scope.json(`${id}-pattern`, { source: [source], 'detail-type': [kind] }),
    });
  });
  const queue = eventQueue(scope, region, {
    id: 'interruptions',
    name,
    // A warning is two minutes long: older ones are about nodes that are gone.
    messageRetentionSeconds: 300,
    rules: rules.map((rule) => rule.arn),
  });
  for (const rule of rules)
    new CloudwatchEventTarget(stack, `${rule.node.id}-target`, { provider, rule: rule.name, arn: queue.arn });

  const { nodeRole } = clusters[region.name];
  const added = role(scope, region.name, {
    name: nodeRole,
    description: 'Nodes that Karpenter adds',
    trust: trustPlainService('ec2'),
    managed: nodePolicies,
  });
  new EksAccessEntry(stack, 'access-karpenter-nodes', {
    provider,
    clusterName: cluster.eks.name,
    principalArn: added.arn,
    type: 'EC2_LINUX',
  });
  programRole(scope, region, cluster, 'karpenter', controllerStatements(region, cluster.name));
}

/**
 * Permissions of the controller, of the version in overlays/landing.ts; a test compares them with the calls in its source. What it makes it tags, and
 * what it changes has these tags.
 */
export function controllerStatements(region: Region, cluster: string): Statement[] {
  const ec2 = (...kinds: string[]) =>
    kinds.map((kind) => arn(region, 'ec2', `${kind}/*`).replace(region.aws.account, '*'));
  const owned = (tag: 'RequestTag' | 'ResourceTag') => ({
    [`aws:${tag}/kubernetes.io/cluster/${cluster}`]: 'owned',
  });
  const ofPool = (tag: 'RequestTag' | 'ResourceTag') => ({ [`aws:${tag}/karpenter.sh/nodepool`]: '*' });
  const inRegion = { StringEquals: { 'aws:RequestedRegion': region.aws.region } };
  const made = ['fleet', 'instance', 'volume', 'network-interface', 'launch-template', 'spot-instances-request'];
  const requested = { ...owned('RequestTag'), 'aws:RequestTag/eks:eks-cluster-name': cluster };
  const changesOwn = { StringEquals: owned('ResourceTag'), StringLike: ofPool('ResourceTag') };
  const profiles = [globalArn(region, 'iam', 'instance-profile/*')];
  const profileOf = (tag: 'RequestTag' | 'ResourceTag') => ({
    StringEquals: {
      ...(tag === 'RequestTag' ? requested : owned(tag)),
      [`aws:${tag}/topology.kubernetes.io/region`]: region.aws.region,
    },
    StringLike: { [`aws:${tag}/karpenter.k8s.aws/ec2nodeclass`]: '*' },
  });
  const launch = ['ec2:RunInstances', 'ec2:CreateFleet'];
  return [
    {
      sid: 'LaunchFrom',
      actions: launch,
      resources: [
        ...ec2('image', 'snapshot').map((one) => one.replace(':*:', '::')),
        ...ec2('security-group', 'subnet', 'capacity-reservation', 'placement-group'),
      ],
    },
    { sid: 'LaunchFromOwnTemplates', actions: launch, resources: ec2('launch-template'), conditions: changesOwn },
    {
      sid: 'LaunchTagged',
      actions: [...launch, 'ec2:CreateLaunchTemplate'],
      resources: ec2(...made),
      conditions: { StringEquals: requested, StringLike: ofPool('RequestTag') },
    },
    {
      sid: 'TagWhatIsLaunched',
      actions: ['ec2:CreateTags'],
      resources: ec2(...made),
      conditions: {
        StringEquals: { ...requested, 'ec2:CreateAction': ['RunInstances', 'CreateFleet', 'CreateLaunchTemplate'] },
        StringLike: ofPool('RequestTag'),
      },
    },
    {
      sid: 'TagOwnInstances',
      actions: ['ec2:CreateTags'],
      resources: ec2('instance'),
      conditions: {
        ...changesOwn,
        StringEqualsIfExists: { 'aws:RequestTag/eks:eks-cluster-name': cluster },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['eks:eks-cluster-name', 'karpenter.sh/nodeclaim', 'Name'] },
      },
    },
    {
      sid: 'EndOwn',
      actions: ['ec2:TerminateInstances', 'ec2:DeleteLaunchTemplate'],
      resources: ec2('instance', 'launch-template'),
      conditions: changesOwn,
    },
    { sid: 'RebootOwn', actions: ['ec2:RebootInstances'], resources: ec2('instance'), conditions: changesOwn },
    {
      sid: 'ReadRegion',
      actions: [
        'CapacityReservations',
        'Images',
        'InstanceStatus',
        'InstanceTypeOfferings',
        'InstanceTypes',
        'Instances',
        'LaunchTemplates',
        'PlacementGroups',
        'SecurityGroups',
        'SpotPriceHistory',
        'Subnets',
      ].map((what) => `ec2:Describe${what}`),
      resources: ['*'],
      conditions: inRegion,
    },
    {
      sid: 'ReadImages',
      actions: ['ssm:GetParameter'],
      resources: [arn(region, 'ssm', 'parameter/aws/service/*').replace(region.aws.account, '')],
    },
    { sid: 'ReadPrices', actions: ['pricing:GetProducts'], resources: ['*'] },
    // Of the cluster; IAM knows only load balancers as resources of the action.
    { sid: 'ReadZonalShifts', actions: ['arc-zonal-shift:GetManagedResource'], resources: ['*'], conditions: inRegion },
    {
      sid: 'Interruptions',
      actions: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
      resources: [arn(region, 'sqs', interruptionQueue(cluster))],
    },
    {
      sid: 'PassNodeRole',
      actions: ['iam:PassRole'],
      resources: [roleArn(region, clusters[region.name].nodeRole)],
      conditions: { StringEquals: { 'iam:PassedToService': servicePrincipal('ec2') } },
    },
    { sid: 'ReadNodeRole', actions: ['iam:GetRole'], resources: [roleArn(region, clusters[region.name].nodeRole)] },
    {
      sid: 'CreateProfiles',
      actions: ['iam:CreateInstanceProfile'],
      resources: profiles,
      conditions: profileOf('RequestTag'),
    },
    {
      sid: 'TagOwnProfiles',
      actions: ['iam:TagInstanceProfile'],
      resources: profiles,
      conditions: {
        StringEquals: { ...profileOf('ResourceTag').StringEquals, ...profileOf('RequestTag').StringEquals },
        StringLike: { ...profileOf('ResourceTag').StringLike, ...profileOf('RequestTag').StringLike },
      },
    },
    {
      sid: 'ChangeOwnProfiles',
      actions: ['iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile', 'iam:DeleteInstanceProfile'],
      resources: profiles,
      conditions: profileOf('ResourceTag'),
    },
    { sid: 'ReadProfile', actions: ['iam:GetInstanceProfile'], resources: profiles },
    // To find the profiles that it left behind. IAM confines a list to nothing less.
    { sid: 'ListProfiles', actions: ['iam:ListInstanceProfiles'], resources: ['*'] },
    { sid: 'FindApiServer', actions: ['eks:DescribeCluster'], resources: [arn(region, 'eks', `cluster/${cluster}`)] },
  ];
}
