import { Route } from '@cdktn/provider-aws/lib/route/index.js';
import { VpcPeeringConnection } from '@cdktn/provider-aws/lib/vpc-peering-connection/index.js';
import { VpcPeeringConnectionAccepterA } from '@cdktn/provider-aws/lib/vpc-peering-connection-accepter/index.js';
import type { Scope } from '../stack.ts';
import type { Found } from './lookup.ts';
import { type Net, routeTableNames } from './network.ts';

type End = { region: Net; found: Pick<Found, 'vpc' | 'routeTables'> };

/** Joins two networks: what is in the one reaches databases and load balancers in the other. */
export function peering(scope: Scope, [from, to]: readonly [End, End]): void {
  const { stack } = scope;
  const id = `peering-${from.region.name}-${to.region.name}`;
  const tags = { Name: `${from.region.name}-${to.region.name}` };
  const asked = new VpcPeeringConnection(stack, id, {
    provider: scope.provider(from.region.name),
    vpcId: from.found.vpc,
    peerVpcId: to.found.vpc,
    peerRegion: to.region.aws.region,
    autoAccept: false,
    tags,
  });
  const accepted = new VpcPeeringConnectionAccepterA(stack, `${id}-accepted`, {
    provider: scope.provider(to.region.name),
    vpcPeeringConnectionId: asked.id,
    autoAccept: true,
    tags,
  });
  for (const [own, other] of [
    [from, to],
    [to, from],
  ] as const)
    routeTableNames(own.region).forEach((name, index) => {
      new Route(stack, `route-${name}-${other.region.name}`, {
        provider: scope.provider(own.region.name),
        routeTableId: own.found.routeTables[index] as string,
        destinationCidrBlock: other.region.network,
        vpcPeeringConnectionId: accepted.id,
      });
    });
}
