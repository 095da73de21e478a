import {
  arn,
  clusterLogGroup,
  clusterPrograms,
  clusters,
  failover,
  globalArn,
  insightsLogGroup,
  loginRoleName,
  metricsAgent,
  people,
  podRole,
  roleArn,
} from '../../../overlays/names.ts';
import type { Region } from '../../../overlays/overlay.ts';
import type { Request } from '../evaluate.ts';
import {
  aKey,
  call,
  calls,
  elsewhere,
  keyOf,
  never,
  ofPod,
  seoul,
  service,
  someone,
  type Truth,
  tokyo,
} from './kit.ts';
import { logTruths } from './logs.ts';

/** Roles of the cluster of a region. */
export function ofCluster(region: Region): Record<string, Truth> {
  const { name: cluster, nodeGroup, nodeRole } = clusters[region.name];
  const other = region === seoul ? tokyo : seoul;
  const program = (of: keyof typeof clusterPrograms) => {
    const { namespace, account } = clusterPrograms[of];
    return ofPod(cluster, namespace, account);
  };
  const insights = insightsLogGroup(cluster, 'performance');
  const instance = arn(region, 'ec2', 'instance/i-1');
  const owned = {
    [`aws:ResourceTag/kubernetes.io/cluster/${cluster}`]: 'owned',
    'aws:ResourceTag/karpenter.sh/nodepool': 'spot',
  };
  const tagged = {
    [`aws:RequestTag/kubernetes.io/cluster/${cluster}`]: 'owned',
    'aws:RequestTag/eks:eks-cluster-name': cluster,
    'aws:RequestTag/karpenter.sh/nodepool': 'spot',
  };
  const nodes: Truth = {
    may: [],
    mayNot: [...never, call('kms:Sign', aKey(region)), call('ecr:PutImage', arn(region, 'ecr', 'repository/ticket'))],
    assumedBy: [service('ec2')],
    notBy: [service('pods.eks', region.aws.account), service('lambda'), { kind: 'AWS', id: someone }],
  };
  const target = (at: Region, group: string) => arn(at, 'elasticloadbalancing', `targetgroup/${group}/1`);
  const secret = (at: Region, id: string) => arn(at, 'secretsmanager', `secret:${id}-a1b2c3`);
  return {
    [`${cluster}-control-plane`]: {
      ...nodes,
      assumedBy: [service('eks')],
      notBy: [service('ec2'), { kind: 'AWS', id: someone }],
    },
    [`${nodeGroup}-node`]: nodes,
    [nodeRole]: nodes,
    [podRole(cluster, 'vpc-cni')]: { ...nodes, ...ofPod(cluster, 'kube-system', 'aws-node') },
    [podRole(cluster, 'ebs-csi')]: { ...nodes, ...ofPod(cluster, 'kube-system', 'ebs-csi-controller-sa') },
    [`${cluster}-flow-log`]: flowLog(region, cluster),
    ...logTruths(region),
    [podRole(cluster, 'karpenter')]: {
      ...program('karpenter'),
      may: [
        call('ec2:RunInstances', arn(region, 'ec2', 'subnet/subnet-1')),
        call('ec2:CreateFleet', instance, tagged),
        call('ec2:CreateTags', instance, { ...tagged, 'ec2:CreateAction': 'RunInstances' }),
        ...calls(['ec2:TerminateInstances', 'ec2:RebootInstances'], instance, owned),
        call('ec2:DescribeInstances', '*', { 'aws:RequestedRegion': region.aws.region }),
        call('sqs:ReceiveMessage', arn(region, 'sqs', `${cluster}-interruptions`)),
        call('iam:PassRole', roleArn(region, nodeRole), { 'iam:PassedToService': 'ec2.amazonaws.com' }),
        call('iam:CreateInstanceProfile', globalArn(region, 'iam', 'instance-profile/a'), {
          ...tagged,
          'aws:RequestTag/topology.kubernetes.io/region': region.aws.region,
          'aws:RequestTag/karpenter.k8s.aws/ec2nodeclass': 'default',
        }),
      ],
      mayNot: [
        ...never,
        call('ec2:CreateFleet', instance),
        ...calls(['ec2:TerminateInstances', 'ec2:RebootInstances'], instance),
        call('ec2:TerminateInstances', arn(other, 'ec2', 'instance/i-1'), owned),
        call('ec2:CreateTags', instance, owned && { 'aws:TagKeys': ['Name'] }),
        call('ec2:CreateTags', instance, { ...owned, 'aws:TagKeys': ['kubernetes.io/cluster/other'] }),
        call('ec2:DescribeInstances', '*', { 'aws:RequestedRegion': other.aws.region }),
        call('ec2:DescribeInstances', '*', { 'aws:RequestedRegion': elsewhere.aws.region }),
        call('iam:PassRole', roleArn(region, people.admin), { 'iam:PassedToService': 'ec2.amazonaws.com' }),
        call('iam:PassRole', roleArn(region, nodeRole), { 'iam:PassedToService': 'lambda.amazonaws.com' }),
        call('iam:DeleteInstanceProfile', globalArn(region, 'iam', 'instance-profile/a')),
        call('sqs:ReceiveMessage', arn(region, 'sqs', 'other')),
      ],
    },
    [podRole(cluster, metricsAgent.account)]: {
      ...ofPod(cluster, metricsAgent.namespace, metricsAgent.account),
      may: [
        call('cloudwatch:PutMetricData', '*', {
          'aws:RequestedRegion': region.aws.region,
          'cloudwatch:namespace': 'ContainerInsights',
        }),
        call('logs:PutLogEvents', arn(region, 'logs', `log-group:${insights}:log-stream:node`)),
        call('ec2:DescribeTags', '*', { 'aws:RequestedRegion': region.aws.region }),
      ],
      mayNot: [
        ...never,
        // What starts a failover.
        call('cloudwatch:PutMetricData', '*', {
          'aws:RequestedRegion': region.aws.region,
          'cloudwatch:namespace': failover.metrics,
        }),
        call('cloudwatch:PutMetricData', '*', {
          'aws:RequestedRegion': other.aws.region,
          'cloudwatch:namespace': 'ContainerInsights',
        }),
        call('logs:PutLogEvents', arn(region, 'logs', `log-group:${clusterLogGroup(cluster)}:log-stream:a`)),
        call('logs:DeleteLogGroup', arn(region, 'logs', `log-group:${insights}`)),
        call('cloudwatch:DeleteAlarms', arn(region, 'cloudwatch', 'alarm:tickets-node-cpu')),
      ],
    },
    [podRole(cluster, 'load-balancer-controller')]: {
      ...program('load-balancer-controller'),
      may: [
        call('elasticloadbalancing:RegisterTargets', target(region, `${cluster}-ingress`)),
        call('elasticloadbalancing:DescribeTargetHealth', '*', { 'aws:RequestedRegion': region.aws.region }),
      ],
      mayNot: [
        ...never,
        call('elasticloadbalancing:RegisterTargets', target(region, 'other')),
        call('elasticloadbalancing:RegisterTargets', target(other, `${cluster}-ingress`)),
        call('elasticloadbalancing:DeleteLoadBalancer', arn(region, 'elasticloadbalancing', 'loadbalancer/net/a/1')),
        call('ec2:AuthorizeSecurityGroupIngress', arn(region, 'ec2', 'security-group/sg-1')),
      ],
    },
    [podRole(cluster, 'external-secrets')]: {
      ...program('external-secrets'),
      may: [
        call('secretsmanager:GetSecretValue', secret(region, 'platform/prod/ticket-postgres')),
        call('kms:Decrypt', aKey(region), keyOf(region, 'secrets', 'secretsmanager')),
        ...(region.hasPipelines ? [call('sts:AssumeRole', roleArn(region, loginRoleName('registry-push')))] : []),
      ],
      mayNot: [
        ...never,
        call('secretsmanager:GetSecretValue', secret(other, 'platform/prod/ticket-postgres')),
        call('secretsmanager:GetSecretValue', secret(region, 'AmazonMSK_prod.ticket')),
        ...calls(
          ['secretsmanager:PutSecretValue', 'secretsmanager:DeleteSecret'],
          secret(region, 'platform/prod/ticket-postgres'),
        ),
        call('kms:Decrypt', aKey(region), keyOf(region, 'data', 'secretsmanager')),
        call('kms:Decrypt', aKey(region), { 'kms:ResourceAliases': ['alias/tickets-secrets'] }),
        ...(region.hasPipelines ? [] : [call('sts:AssumeRole', roleArn(region, loginRoleName('registry-push')))]),
      ],
    },
  };
}

export function login(of: string, may: Request[], mayNot: Request[]): Record<string, Truth> {
  const operator = roleArn(seoul, podRole(clusters.seoul.name, 'external-secrets'));
  return {
    [loginRoleName(of)]: {
      may: [call('ecr:GetAuthorizationToken', '*', { 'aws:RequestedRegion': seoul.aws.region }), ...may],
      mayNot: [
        ...never,
        ...mayNot,
        ...[seoul, tokyo].flatMap((region) =>
          calls(
            ['ecr:DeleteRepository', 'ecr:BatchDeleteImage', 'ecr:PutImageTagMutability', 'ecr:SetRepositoryPolicy'],
            arn(region, 'ecr', 'repository/ticket'),
          ),
        ),
        call('ecr:PutImage', arn(seoul, 'ecr', 'repository/platform/programs')),
      ],
      assumedBy: [
        { kind: 'AWS', id: operator },
        { kind: 'AWS', id: operator, action: 'sts:TagSession' },
      ],
      notBy: [
        { kind: 'AWS', id: roleArn(tokyo, podRole(clusters.tokyo.name, 'external-secrets')) },
        { kind: 'AWS', id: someone },
        service('pods.eks', seoul.aws.account),
      ],
    },
  };
}

/** Of a network in any region: its own log group, for the service that writes flow logs of this account. */
export const flowLog = (at: Pick<Region, 'aws'>, network: string): Truth => ({
  may: [call('logs:PutLogEvents', arn(at, 'logs', `log-group:/aws/vpc/${network}:log-stream:a`))],
  mayNot: [...never, call('logs:PutLogEvents', arn(at, 'logs', 'log-group:/aws/other:log-stream:a'))],
  assumedBy: [service('vpc-flow-logs', seoul.aws.account)],
  notBy: [service('vpc-flow-logs', '999988887777'), service('vpc-flow-logs'), service('ec2')],
});
