import { DataAwsKmsAlias } from '@cdktn/provider-aws/lib/data-aws-kms-alias/index.js';
import { DataAwsRouteTable } from '@cdktn/provider-aws/lib/data-aws-route-table/index.js';
import { DataAwsSubnet } from '@cdktn/provider-aws/lib/data-aws-subnet/index.js';
import { DataAwsVpc } from '@cdktn/provider-aws/lib/data-aws-vpc/index.js';
import { keyAlias } from '../../overlays/names.ts';
import { idOf, type Scope } from '../stack.ts';
import { type Net, networkName, routeTableNames, subnetName } from './network.ts';

/** What a region has, by the names that its own stack gives: no stack reads the state of another. */
export type Found = { vpc: string; subnets: string[]; routeTables: string[]; logsKey: string };

export function lookUp(scope: Scope, region: Net): Found {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const named = (name: string) => [{ name: 'tag:Name', values: [name] }];
  const at = (what: string) => `${region.name}-${what}`;
  const vpc = new DataAwsVpc(stack, at('vpc'), { provider, filter: named(networkName(region)) });
  return {
    vpc: vpc.id,
    subnets: region.zones.map(
      (zone) =>
        new DataAwsSubnet(stack, at(`data-${zone}`), {
          provider,
          vpcId: vpc.id,
          filter: named(subnetName(region, 'data', zone)),
        }).id,
    ),
    routeTables: routeTableNames(region).map(
      (name) =>
        new DataAwsRouteTable(stack, at(`routes-${idOf(name)}`), { provider, vpcId: vpc.id, filter: named(name) }).id,
    ),
    logsKey: new DataAwsKmsAlias(stack, at('logs-key'), { provider, name: keyAlias('logs') }).targetKeyArn,
  };
}
