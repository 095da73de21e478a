import { Lb } from '@cdktn/provider-aws/lib/lb/index.js';
import { LbTargetGroup, type LbTargetGroupConfig } from '@cdktn/provider-aws/lib/lb-target-group/index.js';
import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group/index.js';
import { VpcSecurityGroupEgressRule } from '@cdktn/provider-aws/lib/vpc-security-group-egress-rule/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { type At, idOf, type Scope } from '../stack.ts';
import type { Network } from './network.ts';

/** A group, which lets in and out nothing by itself. */
export const group = (scope: Scope, region: At, { vpc }: Network, name: string, description: string): SecurityGroup =>
  new SecurityGroup(scope.stack, `group-${idOf(name)}`, {
    provider: scope.provider(region.name),
    name,
    description,
    vpcId: vpc.id,
  });

/** What is at the other end of a rule: a group, or networks. */
type Peer = { referencedSecurityGroupId: string } | { cidrIpv4: string } | { prefixListId: string };

export function letIn(scope: Scope, region: At, id: string, to: string, from: Peer, port: number, why: string): void {
  new VpcSecurityGroupIngressRule(scope.stack, `${id}-in`, {
    provider: scope.provider(region.name),
    securityGroupId: to,
    description: why,
    ...from,
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
  });
}

/** From one group to another: out of the first, and into the second. */
export function between(scope: Scope, region: At, id: string, from: string, to: string, port: number, why: string) {
  letIn(scope, region, id, to, { referencedSecurityGroupId: from }, port, why);
  new VpcSecurityGroupEgressRule(scope.stack, `${id}-out`, {
    provider: scope.provider(region.name),
    securityGroupId: from,
    description: why,
    referencedSecurityGroupId: to,
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
  });
}

/** A network load balancer with one target group of addresses. Who makes its listener decides where TLS ends. */
export function balancer(
  scope: Scope,
  region: At,
  net: Network,
  names: { loadBalancer: string; targetGroup: string },
  given: { internal: boolean; securityGroup: string; targets: Partial<LbTargetGroupConfig> },
): { balancer: Lb; targets: LbTargetGroup } {
  const provider = scope.provider(region.name);
  const id = idOf(names.loadBalancer);
  const made = new Lb(scope.stack, `balancer-${id}`, {
    provider,
    name: names.loadBalancer,
    loadBalancerType: 'network',
    internal: given.internal,
    subnets: net.subnets[given.internal ? 'private' : 'public'].map((subnet) => subnet.id),
    securityGroups: [given.securityGroup],
    enableDeletionProtection: true,
    // As Global Accelerator advises.
    enableCrossZoneLoadBalancing: false,
    lifecycle: { preventDestroy: true },
  });
  const targets = new LbTargetGroup(scope.stack, `targets-${id}`, {
    provider,
    name: names.targetGroup,
    vpcId: net.vpc.id,
    targetType: 'ip',
    deregistrationDelay: '30',
    ...given.targets,
  });
  return { balancer: made, targets };
}
