import { DbSubnetGroup } from '@cdktn/provider-aws/lib/db-subnet-group/index.js';
import { RdsClusterParameterGroup } from '@cdktn/provider-aws/lib/rds-cluster-parameter-group/index.js';
import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { type Landing, versions } from '../../overlays/landing.ts';
import { databasePort } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import { idOf, type Scope } from '../stack.ts';
import type { Found } from './lookup.ts';

export const engine = 'aurora-postgresql';
const family = `${engine}${versions.postgres.split('.')[0]}`;

/** Where a cluster is: its subnets, who reaches it, its settings. */
export type Reached = { subnetGroup: string; securityGroup: string; parameters: string };

/** Port of the databases, reached from these networks. */
export function reached(scope: Scope, region: Region & Landing, found: Found, from: readonly string[]): Reached {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const name = `databases-${region.name}`;
  const group = new SecurityGroup(stack, name, {
    provider,
    name: 'databases',
    description: 'Databases, reached from pods and probes',
    vpcId: found.vpc,
  });
  for (const cidrIpv4 of from)
    new VpcSecurityGroupIngressRule(stack, `${name}-from-${idOf(cidrIpv4)}`, {
      provider,
      securityGroupId: group.id,
      description: 'PostgreSQL',
      cidrIpv4,
      ipProtocol: 'tcp',
      fromPort: databasePort,
      toPort: databasePort,
    });
  const subnets = new DbSubnetGroup(stack, `${name}-subnets`, {
    provider,
    name: 'databases',
    description: 'Without a way to the internet',
    subnetIds: found.subnets,
  });
  const parameters = new RdsClusterParameterGroup(stack, `${name}-parameters`, {
    provider,
    name: `tickets-${family}`,
    family,
    description: 'TLS only. A promoted cluster keeps its own, so both regions have the same',
    parameter: [{ name: 'rds.force_ssl', value: '1', applyMethod: 'immediate' }],
  });
  return { subnetGroup: subnets.name, securityGroup: group.id, parameters: parameters.name };
}
