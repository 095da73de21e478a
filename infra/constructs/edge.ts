import { DataAwsEc2ManagedPrefixList } from '@cdktn/provider-aws/lib/data-aws-ec2-managed-prefix-list/index.js';
import { LbListener } from '@cdktn/provider-aws/lib/lb-listener/index.js';
import { LbTargetGroupAttachment } from '@cdktn/provider-aws/lib/lb-target-group-attachment/index.js';
import { VpcEndpoint } from '@cdktn/provider-aws/lib/vpc-endpoint/index.js';
import { arn, gatewayEndpoint, gatewayLink, edge as names } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import { idOf, type Scope } from '../stack.ts';
import { balancer, between, group, letIn } from './balancer.ts';
import { type Net, type Network, reservedAddress } from './network.ts';

/** Addresses from which CloudFront asks origins. The list counts as 55 of the 60 rules of a group, so this group has hardly another. */
const cloudfront = 'com.amazonaws.global.cloudfront.origin-facing';

/**
 * What the accelerator sends to: a load balancer that passes TLS on as it is, to the endpoint of API Gateway in this network. The addresses of the endpoint are
 * fixed, so the target group needs no look-up. `canaries`: networks of those who watch it from inside. Returns the group of API Gateway's link to the ingress.
 */
export function edge(
  scope: Scope,
  region: Region & Net,
  net: Network,
  { cluster, canaries }: { cluster: string; canaries: readonly string[] },
): { link: string } {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const own = group(scope, region, net, names(cluster).loadBalancer, 'Load balancer before API Gateway');
  const list = new DataAwsEc2ManagedPrefixList(stack, 'cloudfront-addresses', { provider, name: cloudfront });
  letIn(scope, region, 'edge-cloudfront', own.id, { prefixListId: list.id }, 443, 'From CloudFront');
  for (const cidrIpv4 of canaries)
    letIn(scope, region, `edge-canary-${idOf(cidrIpv4)}`, own.id, { cidrIpv4 }, 443, 'From the canary');
  const atEndpoint = group(scope, region, net, gatewayEndpoint(cluster), 'Endpoint of API Gateway');
  between(scope, region, 'edge-to-endpoint', own.id, atEndpoint.id, 443, 'From the load balancer to API Gateway');
  new VpcEndpoint(stack, 'endpoint-execute-api', {
    provider,
    vpcId: net.vpc.id,
    serviceName: `com.amazonaws.${region.aws.region}.execute-api`,
    vpcEndpointType: 'Interface',
    securityGroupIds: [atEndpoint.id],
    // With it the public APIs of others would not resolve in this network any more.
    privateDnsEnabled: false,
    subnetIds: net.subnets.public.map(({ id }) => id),
    subnetConfiguration: region.zones.map((zone, index) => ({
      subnetId: net.subnets.public[index]?.id as string,
      ipv4: reservedAddress(region, zone),
    })),
    policy: scope.policy('endpoint-execute-api', [
      {
        sid: 'OwnApis',
        actions: ['execute-api:Invoke'],
        resources: [arn(region, 'execute-api', '*')],
        // Callers are no principals of IAM: the API asks for a key and a token.
        principals: '*',
      },
    ]),
    tags: { Name: gatewayEndpoint(cluster) },
    dependsOn: net.reservations,
  });
  const made = balancer(scope, region, net, names(cluster), {
    internal: true,
    securityGroup: own.id,
    targets: {
      protocol: 'TCP',
      port: 443,
      // Health is the gateway's and not the services': a restart of pods moves no traffic to Tokyo.
      healthCheck: { protocol: 'TCP', port: '443', interval: 10, healthyThreshold: 2, unhealthyThreshold: 2 },
    },
  });
  for (const zone of region.zones)
    new LbTargetGroupAttachment(stack, `edge-target-${zone}`, {
      provider,
      targetGroupArn: made.targets.arn,
      targetId: reservedAddress(region, zone),
    });
  new LbListener(stack, 'edge-listener', {
    provider,
    loadBalancerArn: made.balancer.arn,
    // TLS ends at API Gateway: a listener that ended it would cost the addresses of who asks, by which the group knows CloudFront.
    protocol: 'TCP',
    port: 443,
    defaultAction: [{ type: 'forward', targetGroupArn: made.targets.arn }],
  });
  return { link: group(scope, region, net, gatewayLink(cluster), 'Link of API Gateway to the ingress').id };
}
