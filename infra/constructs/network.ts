import { DefaultSecurityGroup } from '@cdktn/provider-aws/lib/default-security-group/index.js';
import { Ec2SubnetCidrReservation } from '@cdktn/provider-aws/lib/ec2-subnet-cidr-reservation/index.js';
import { Eip } from '@cdktn/provider-aws/lib/eip/index.js';
import { FlowLog } from '@cdktn/provider-aws/lib/flow-log/index.js';
import { InternetGateway } from '@cdktn/provider-aws/lib/internet-gateway/index.js';
import { NatGateway } from '@cdktn/provider-aws/lib/nat-gateway/index.js';
import { Route } from '@cdktn/provider-aws/lib/route/index.js';
import { RouteTable } from '@cdktn/provider-aws/lib/route-table/index.js';
import { RouteTableAssociation } from '@cdktn/provider-aws/lib/route-table-association/index.js';
import { Subnet } from '@cdktn/provider-aws/lib/subnet/index.js';
import { Vpc } from '@cdktn/provider-aws/lib/vpc/index.js';
import { VpcEndpoint } from '@cdktn/provider-aws/lib/vpc-endpoint/index.js';
import { parseCidr, subnet } from '../../lib/cidr.ts';
import type { Landing } from '../../overlays/landing.ts';
import { arn, clusters, witnessNetwork } from '../../overlays/names.ts';
import type { At, Scope } from '../stack.ts';
import { logGroup } from './logs.ts';
import { role, trustService } from './roles.ts';

/**
 * Subnets by who is in them: load balancers and NAT, nodes and pods, functions that watch, databases and brokers (which reach nothing outside). Security groups
 * name networks by these, because a group of another region cannot be named (VPC peering guide, "Update your security groups to reference peer security groups").
 */
export const tiers = ['public', 'private', 'functions', 'data'] as const;
type Tier = (typeof tiers)[number];

/** Names of what other stacks look up. */
export const networkName = ({ name }: Pick<At, 'name'>): string =>
  name === 'seoul' || name === 'tokyo' ? clusters[name].name : witnessNetwork;
export type Net = At & Pick<Landing, 'network' | 'zones'>;
export const subnetName = (region: Pick<At, 'name'>, tier: Tier, zone: string): string =>
  `${networkName(region)}-${tier}-${zone}`;
/** Each zone has a NAT, and so a table, for its pods and functions; the others share one. */
export const routeTableNames = (region: Pick<Net, 'name' | 'zones'>): string[] => [
  ...region.zones.map((zone) => subnetName(region, 'private', zone)),
  `${networkName(region)}-data`,
];

/** Where the small ones begin, in parts of a 256th. */
const small: Record<Exclude<Tier, 'private'>, number> = { public: 224, data: 240, functions: 248 };

/** Pods take addresses of the private subnets, so these have three of eight parts; the others are small. */
function addresses({ network, zones }: Net, tier: Tier, zone: string): string {
  const prefix = parseCidr(network)?.prefix ?? 0;
  const index = zones.indexOf(zone);
  if (tier === 'private') return subnet(network, prefix + 3, index);
  return subnet(network, prefix + 8, small[tier] + index);
}

/** The networks of a tier, one a zone: what a security group lets in. */
export const networksOf = (region: Net, tier: Tier): string[] =>
  region.zones.map((zone) => addresses(region, tier, zone));

/** A part of each public subnet that AWS gives to nobody by itself, so that a fixed address in it is free. */
const reservation = (region: Net, zone: string): string => subnet(addresses(region, 'public', zone), 28, 1);
/** The address of API Gateway's endpoint in a zone. */
export const reservedAddress = (region: Net, zone: string): string =>
  subnet(addresses(region, 'public', zone), 32, 20).replace('/32', '');

export type Network = { vpc: Vpc; subnets: Record<Tier, Subnet[]>; reservations: Ec2SubnetCidrReservation[] };

export function network(scope: Scope, region: Net, logsKey: string): Network {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const name = networkName(region);
  const vpc = new Vpc(stack, 'vpc', {
    provider,
    cidrBlock: region.network,
    enableDnsHostnames: true,
    enableDnsSupport: true,
    tags: { Name: name },
  });
  // What names no group of its own reaches nothing.
  new DefaultSecurityGroup(stack, 'default-security-group', { provider, vpcId: vpc.id, ingress: [], egress: [] });
  flowLog(scope, region, vpc, logsKey);
  const internet = new InternetGateway(stack, 'internet', { provider, vpcId: vpc.id, tags: { Name: name } });

  const tableOf = (id: string, tableName: string) =>
    new RouteTable(stack, id, { provider, vpcId: vpc.id, tags: { Name: tableName } });
  const shared = { public: tableOf('routes-public', `${name}-public`), data: tableOf('routes-data', `${name}-data`) };
  new Route(stack, 'route-internet', {
    provider,
    routeTableId: shared.public.id,
    destinationCidrBlock: '0.0.0.0/0',
    gatewayId: internet.id,
  });

  const subnets: Record<Tier, Subnet[]> = { public: [], private: [], functions: [], data: [] };
  const tables: RouteTable[] = [shared.data];
  const reservations: Ec2SubnetCidrReservation[] = [];
  const ofCluster: Partial<Record<Tier, Record<string, string>>> = {
    public: { 'kubernetes.io/role/elb': '1' },
    private: { 'kubernetes.io/role/internal-elb': '1', 'karpenter.sh/discovery': name },
  };
  const tags = region.name in clusters ? ofCluster : {};
  for (const zone of region.zones) {
    const made = Object.fromEntries(
      tiers.map((tier) => {
        const one = new Subnet(stack, `subnet-${tier}-${zone}`, {
          provider,
          vpcId: vpc.id,
          availabilityZone: `${region.aws.region}${zone}`,
          cidrBlock: addresses(region, tier, zone),
          mapPublicIpOnLaunch: false,
          tags: { Name: subnetName(region, tier, zone), ...tags[tier] },
        });
        subnets[tier].push(one);
        return [tier, one];
      }),
    ) as Record<Tier, Subnet>;
    const own = tableOf(`routes-private-${zone}`, subnetName(region, 'private', zone));
    tables.push(own);
    for (const [tier, table] of [
      ['public', shared.public],
      ['private', own],
      // Behind the same NAT.
      ['functions', own],
      ['data', shared.data],
    ] as const)
      new RouteTableAssociation(stack, `routes-${tier}-${zone}-association`, {
        provider,
        subnetId: made[tier].id,
        routeTableId: table.id,
      });
    const reserved =
      region.name in clusters
        ? [
            new Ec2SubnetCidrReservation(stack, `reserved-${zone}`, {
              provider,
              subnetId: made.public.id,
              cidrBlock: reservation(region, zone),
              reservationType: 'explicit',
              description: 'Fixed addresses',
            }),
          ]
        : [];
    reservations.push(...reserved);
    // One a zone: a zone that fails takes its own nodes' way out and no other's.
    const address = new Eip(stack, `nat-${zone}-address`, { provider, domain: 'vpc', dependsOn: [internet] });
    const nat = new NatGateway(stack, `nat-${zone}`, {
      provider,
      allocationId: address.id,
      subnetId: made.public.id,
      tags: { Name: `${name}-${zone}` },
      dependsOn: reserved,
    });
    new Route(stack, `route-nat-${zone}`, {
      provider,
      routeTableId: own.id,
      destinationCidrBlock: '0.0.0.0/0',
      natGatewayId: nat.id,
    });
  }
  // DynamoDB and S3, layers of images too, without NAT's price.
  for (const service of ['dynamodb', 's3'])
    new VpcEndpoint(stack, `endpoint-${service}`, {
      provider,
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${region.aws.region}.${service}`,
      vpcEndpointType: 'Gateway',
      routeTableIds: tables.map(({ id }) => id),
    });
  return { vpc, subnets, reservations };
}

function flowLog(scope: Scope, region: At, vpc: Vpc, logsKey: string): void {
  const name = `${networkName(region)}-flow-log`;
  const group = logGroup(scope, region, `/aws/vpc/${networkName(region)}`, { days: 30, key: logsKey });
  const writer = role(scope, region.name, {
    name,
    description: 'Writes the flow log of the VPC',
    trust: trustService('vpc-flow-logs', region.aws.account),
    statements: [
      {
        sid: 'Write',
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [arn(region, 'logs', `log-group:/aws/vpc/${networkName(region)}:*`)],
      },
    ],
  });
  new FlowLog(scope.stack, 'flow-log', {
    provider: scope.provider(region.name),
    vpcId: vpc.id,
    // What was refused; all traffic would cost more than it shows.
    trafficType: 'REJECT',
    logDestinationType: 'cloud-watch-logs',
    logDestination: group.arn,
    iamRoleArn: writer.arn,
  });
}
