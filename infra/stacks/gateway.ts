import { DataAwsKmsAlias } from '@cdktn/provider-aws/lib/data-aws-kms-alias/index.js';
import { DataAwsLb } from '@cdktn/provider-aws/lib/data-aws-lb/index.js';
import { DataAwsSecurityGroup } from '@cdktn/provider-aws/lib/data-aws-security-group/index.js';
import { DataAwsSubnet } from '@cdktn/provider-aws/lib/data-aws-subnet/index.js';
import { DataAwsVpc } from '@cdktn/provider-aws/lib/data-aws-vpc/index.js';
import { DataAwsVpcEndpoint } from '@cdktn/provider-aws/lib/data-aws-vpc-endpoint/index.js';
import { gatewayBody } from '../../entrance/gateway.ts';
import { type Pool, pools } from '../../entrance/tokens.ts';
import { clusters, entranceHosts, gatewayEndpoint, gatewayLink, ingress, keyAlias } from '../../overlays/names.ts';
import type { RegionName } from '../../overlays/overlay.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { certificate, publicZone } from '../constructs/certificates.ts';
import { gateway } from '../constructs/gateway.ts';
import { networkName, subnetName } from '../constructs/network.ts';
import { published } from '../constructs/published.ts';
import type { Stack } from '../stack.ts';

const { domain } = aws.ingress;
const hosts = entranceHosts(domain);
export const addresses = {
  site: `https://${hosts.site}`,
  signIn: { customers: `https://${hosts.signIn.customers}`, staff: `https://${hosts.signIn.staff}` },
};

/** The API of a region. Tokyo's asks nothing of Seoul but the keys of the pools, which it keeps. */
export const gatewayOf = (name: RegionName): Stack => ({
  name: `gateway-${name}`,
  state: 'tokyo',
  places: name === 'tokyo' ? ['tokyo'] : ['seoul', 'tokyo'],
  build: (scope, { regions, environments }) => {
    const { stack } = scope;
    const region = regions[name];
    const cluster = clusters[name].name;
    const provider = scope.provider(name);
    const named = (of: string) => [{ name: 'tag:Name', values: [of] }];
    const vpcId = new DataAwsVpc(stack, 'vpc', { provider, filter: named(networkName(region)) }).id;
    const subnets = region.zones.map(
      (zone) =>
        new DataAwsSubnet(stack, `private-${zone}`, {
          provider,
          vpcId,
          filter: named(subnetName(region, 'private', zone)),
        }).id,
    );
    const balancer = new DataAwsLb(stack, 'ingress', { provider, name: ingress(cluster).loadBalancer });
    // The names that customers use are prod's; after a failover Tokyo's environment answers to them.
    const customers = environments.find((one) => one.public && one.region === name);
    const subdomain = customers?.answersFor[0] ?? customers?.subdomain ?? '';
    gateway(scope, region, {
      endpoint: new DataAwsVpcEndpoint(stack, 'endpoint', { provider, vpcId, filter: named(gatewayEndpoint(cluster)) })
        .id,
      link: {
        subnets,
        securityGroup: new DataAwsSecurityGroup(stack, 'link-group', { provider, vpcId, name: gatewayLink(cluster) })
          .id,
      },
      logsKey: new DataAwsKmsAlias(stack, 'logs-key', { provider, name: keyAlias('logs') }).targetKeyArn,
      host: hosts.origin,
      certificate: certificate(scope, region, publicZone(scope, name, domain), hosts.origin),
      keys: {
        site: published(scope, `site-key-${name}`),
        // Only Tokyo has no other callers.
        ...(name === 'tokyo' && { canary: published(scope, 'canary-key') }),
      },
      body: (connectionId) =>
        gatewayBody(addresses, {
          pools: (Object.keys(pools) as Pool[]).map((pool) => published(scope, `pool-${pool}`)),
          link: { connectionId, target: balancer.arn },
          host: (service) => `${service}.${subdomain}${domain}`,
        }),
    });
  },
});
