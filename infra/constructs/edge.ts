import { Lb } from '@cdktn/provider-aws/lib/lb/index.js';
import { LbListener } from '@cdktn/provider-aws/lib/lb-listener/index.js';
import { LbTargetGroup } from '@cdktn/provider-aws/lib/lb-target-group/index.js';
import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group/index.js';
import { VpcSecurityGroupEgressRule } from '@cdktn/provider-aws/lib/vpc-security-group-egress-rule/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { arn, edge as names } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import type { Scope } from '../stack.ts';
import type { Cluster } from './cluster.ts';
import type { Network } from './network.ts';
import { programRole } from './pods.ts';

/** Ports of Traefik: TLS, and the one that says whether it is well. */
const traefik = { tls: 8443, ping: 8080 };

/**
 * The load balancer before the ingress controller: what the accelerator sends to, and what alarms watch. It is internal, since the accelerator reaches
 * internal ones, too. A TargetGroupBinding in the cluster names its target group and registers the pods.
 */
export function edge(scope: Scope, region: Region, { vpc, subnets }: Network, cluster: Cluster): void {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const { loadBalancer, targetGroup } = names(cluster.name);
  const group = new SecurityGroup(stack, 'edge-group', {
    provider,
    name: loadBalancer,
    description: 'Load balancer before the ingress controller',
    vpcId: vpc.id,
  });
  new VpcSecurityGroupIngressRule(stack, 'edge-in', {
    provider,
    securityGroupId: group.id,
    description: 'TLS; the accelerator keeps the addresses of clients',
    cidrIpv4: '0.0.0.0/0',
    ipProtocol: 'tcp',
    fromPort: 443,
    toPort: 443,
  });
  for (const [name, port] of Object.entries(traefik)) {
    new VpcSecurityGroupEgressRule(stack, `edge-out-${name}`, {
      provider,
      securityGroupId: group.id,
      description: 'To the ingress controller',
      referencedSecurityGroupId: cluster.securityGroup,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
    });
    new VpcSecurityGroupIngressRule(stack, `edge-to-pods-${name}`, {
      provider,
      securityGroupId: cluster.securityGroup,
      description: 'From the load balancer to the ingress controller',
      referencedSecurityGroupId: group.id,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
    });
  }
  const balancer = new Lb(stack, 'edge', {
    provider,
    name: loadBalancer,
    loadBalancerType: 'network',
    internal: true,
    subnets: subnets.private.map(({ id }) => id),
    securityGroups: [group.id],
    enableDeletionProtection: true,
    // As Global Accelerator advises.
    enableCrossZoneLoadBalancing: false,
    lifecycle: { preventDestroy: true },
  });
  const targets = new LbTargetGroup(stack, 'edge-targets', {
    provider,
    name: targetGroup,
    vpcId: vpc.id,
    targetType: 'ip',
    protocol: 'TCP',
    port: traefik.tls,
    deregistrationDelay: '30',
    connectionTermination: true,
    healthCheck: {
      protocol: 'HTTP',
      port: `${traefik.ping}`,
      path: '/ping',
      interval: 10,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
    },
  });
  new LbListener(stack, 'edge-listener', {
    provider,
    loadBalancerArn: balancer.arn,
    // TLS ends at Traefik: a listener that ended it would cost the addresses of clients.
    protocol: 'TCP',
    port: 443,
    defaultAction: [{ type: 'forward', targetGroupArn: targets.arn }],
  });
  programRole(scope, region, cluster, 'load-balancer-controller', bindingStatements(region, targetGroup));
}

/** A TargetGroupBinding registers pods in the one target group; the controller makes no load balancer. */
const bindingStatements = (region: Region, targetGroup: string): Statement[] => [
  {
    sid: 'Register',
    actions: ['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets'],
    resources: [arn(region, 'elasticloadbalancing', `targetgroup/${targetGroup}/*`)],
  },
  {
    sid: 'Read',
    actions: [
      'ec2:DescribeAvailabilityZones',
      'ec2:DescribeInstances',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeTargetGroupAttributes',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': region.aws.region } },
  },
];
