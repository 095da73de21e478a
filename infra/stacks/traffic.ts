import { DataAwsLb } from '@cdktn/provider-aws/lib/data-aws-lb/index.js';
import { DataAwsVpc } from '@cdktn/provider-aws/lib/data-aws-vpc/index.js';
import { GlobalacceleratorAccelerator } from '@cdktn/provider-aws/lib/globalaccelerator-accelerator/index.js';
import { GlobalacceleratorEndpointGroup } from '@cdktn/provider-aws/lib/globalaccelerator-endpoint-group/index.js';
import { GlobalacceleratorListener } from '@cdktn/provider-aws/lib/globalaccelerator-listener/index.js';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record/index.js';
import { Route53Zone } from '@cdktn/provider-aws/lib/route53-zone/index.js';
import {
  accelerator as acceleratorName,
  clusters,
  edge,
  entranceHosts,
  healthZone,
  ingress,
} from '../../overlays/names.ts';
import type { RegionName } from '../../overlays/overlay.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { publicZone } from '../constructs/certificates.ts';
import { networkName } from '../constructs/network.ts';
import { publish } from '../constructs/published.ts';
import type { Ground } from '../ground.ts';
import type { Scope, Stack } from '../stack.ts';

/**
 * Where traffic goes at first. Weight 0 is what keeps Tokyo out: the accelerator ignores the dial when it fails over by itself, and would send people to
 * Tokyo before its database takes writes, and back half a minute after Seoul returned.
 */
const first: Record<RegionName, { dial: number; weight: number }> = {
  seoul: { dial: 100, weight: 128 },
  tokyo: { dial: 0, weight: 0 },
};

/** The one address of all that customers ask, and which region answers it. A failover turns dial and weight, so no plan turns them back. */
export const traffic: Stack = {
  name: 'traffic',
  state: 'tokyo',
  places: ['seoul', 'tokyo', 'accelerator', 'witness'],
  build: (scope, ground) => {
    const { regions } = ground;
    const { stack } = scope;
    const provider = scope.provider('accelerator');
    const accelerator = new GlobalacceleratorAccelerator(stack, 'accelerator', {
      provider,
      name: acceleratorName,
      ipAddressType: 'IPV4',
      enabled: true,
      // Its addresses are in DNS.
      lifecycle: { preventDestroy: true },
    });
    const listener = new GlobalacceleratorListener(stack, 'listener', {
      provider,
      acceleratorArn: accelerator.arn,
      protocol: 'TCP',
      clientAffinity: 'NONE',
      portRange: [{ fromPort: 443, toPort: 443 }],
    });
    for (const { name, aws: at } of Object.values(regions)) {
      const balancer = new DataAwsLb(stack, `edge-${name}`, {
        provider: scope.provider(name),
        name: edge(clusters[name].name).loadBalancer,
      });
      const { dial, weight } = first[name];
      const group = new GlobalacceleratorEndpointGroup(stack, `endpoints-${name}`, {
        provider,
        listenerArn: listener.id,
        endpointGroupRegion: at.region,
        trafficDialPercentage: dial,
        endpointConfiguration: [{ endpointId: balancer.arn, weight, clientIpPreservationEnabled: true }],
        lifecycle: { preventDestroy: true, ignoreChanges: ['traffic_dial_percentage', 'endpoint_configuration'] },
      });
      publish(scope, `endpoint-group-${name}`, group.arn);
      publish(scope, `endpoint-${name}`, balancer.arn);
      const inner = new DataAwsLb(stack, `ingress-${name}`, {
        provider: scope.provider(name),
        name: ingress(clusters[name].name).loadBalancer,
      });
      healthName(scope, ground, name, inner);
    }
    // The name by which CloudFront asks: that of API Gateway in both regions.
    new Route53Record(stack, 'origin', {
      provider: scope.provider('tokyo'),
      zoneId: publicZone(scope, 'tokyo', aws.ingress.domain),
      name: entranceHosts(aws.ingress.domain).origin,
      type: 'A',
      alias: { name: accelerator.dnsName, zoneId: accelerator.hostedZoneId, evaluateTargetHealth: false },
    });
    publish(scope, 'accelerator', accelerator.arn);
  },
};

/**
 * The names by which Tokyo and the witness ask the services behind one ingress, whatever the accelerator does. They are known in the networks of those
 * who watch alone.
 */
function healthName(
  scope: Scope,
  { regions: { tokyo }, witness }: Ground,
  name: RegionName,
  balancer: DataAwsLb,
): void {
  const { stack } = scope;
  const provider = scope.provider('tokyo');
  const host = healthZone(name, aws.ingress.domain);
  const vpc = [tokyo, witness].map((at) => ({
    vpcId: new DataAwsVpc(stack, `health-${name}-${at.name}`, {
      provider: scope.provider(at.name),
      filter: [{ name: 'tag:Name', values: [networkName(at)] }],
    }).id,
    vpcRegion: at.aws.region,
  }));
  const zone = new Route53Zone(stack, `health-${name}`, { provider, name: host, vpc });
  new Route53Record(stack, `health-${name}-record`, {
    provider,
    zoneId: zone.zoneId,
    name: `*.${host}`,
    type: 'A',
    alias: { name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false },
  });
}
