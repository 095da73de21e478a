import { LbListener } from '@cdktn/provider-aws/lib/lb-listener/index.js';
import { LbListenerCertificate } from '@cdktn/provider-aws/lib/lb-listener-certificate/index.js';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record/index.js';
import { forgeNetworks } from '../../overlays/landing.ts';
import { arn, hooks, ingress as names } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import { idOf, type Scope } from '../stack.ts';
import { balancer, between, group, letIn } from './balancer.ts';
import type { Cluster } from './cluster.ts';
import type { Network } from './network.ts';
import { programRole } from './pods.ts';

/** Ports of Traefik: TLS for services, TLS for what the forge calls, and the one that says whether it is well. */
const traefik = { services: 8443, hooks: 8444, ping: 8080 };

/** AWS's newest policy that old clients cannot talk out of TLS 1.2. */
const tlsPolicy = 'ELBSecurityPolicy-TLS13-1-2-2021-06';

type Around = {
  /** Certificates of all hosts that the ingress answers to. */
  certificates: readonly string[];
  /** The group of API Gateway's link. */
  link: string;
  /** Names by which the forge delivers webhooks, in the public zone. */
  hooks: { zone: string; hosts: readonly string[] };
  /** Networks that ask for the health page. */
  watchers: readonly string[];
};

/**
 * The load balancers before the ingress controller, where TLS ends and begins anew. API Gateway comes by the internal one, which alarms watch, and the forge
 * by one in the internet that lets in nobody else, to a port of the controller at which no service answers. A TargetGroupBinding in the cluster names each target group and registers the pods.
 */
export function ingress(scope: Scope, region: Region, net: Network, cluster: Cluster, around: Around): void {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const make = (of: ReturnType<typeof names>, entry: 'services' | 'hooks', what: string) => {
    const internal = entry === 'services';
    const id = idOf(of.loadBalancer);
    const own = group(scope, region, net, of.loadBalancer, what);
    for (const [name, port] of Object.entries({ tls: traefik[entry], ping: traefik.ping }))
      between(scope, region, `${id}-${name}`, own.id, cluster.securityGroup, port, 'To the ingress controller');
    const made = balancer(scope, region, net, of, {
      internal,
      securityGroup: own.id,
      targets: {
        // Encrypted again, by whatever certificate Traefik has: the load balancer asks for none.
        protocol: 'TLS',
        port: traefik[entry],
        connectionTermination: true,
        healthCheck: {
          protocol: 'HTTP',
          port: `${traefik.ping}`,
          path: '/ping',
          interval: 10,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
      },
    });
    const [first, ...others] = around.certificates;
    const listener = new LbListener(stack, `listener-${id}`, {
      provider,
      loadBalancerArn: made.balancer.arn,
      protocol: 'TLS',
      port: 443,
      sslPolicy: tlsPolicy,
      ...(first ? { certificateArn: first } : {}),
      defaultAction: [{ type: 'forward', targetGroupArn: made.targets.arn }],
    });
    for (const [index, certificateArn] of others.entries())
      new LbListenerCertificate(stack, `listener-${id}-${index}`, {
        provider,
        listenerArn: listener.arn,
        certificateArn,
      });
    return { group: own.id, balancer: made.balancer };
  };
  const inner = make(names(cluster.name), 'services', 'Load balancer before the ingress controller');
  between(scope, region, 'gateway-to-ingress', around.link, inner.group, 443, 'From API Gateway to services');
  for (const cidrIpv4 of around.watchers)
    letIn(scope, region, `watch-${idOf(cidrIpv4)}`, inner.group, { cidrIpv4 }, 443, 'Probes ask for the health page');
  const outer = make(hooks(cluster.name), 'hooks', 'Webhooks of the forge');
  for (const cidrIpv4 of forgeNetworks)
    letIn(scope, region, `hooks-${idOf(cidrIpv4)}`, outer.group, { cidrIpv4 }, 443, 'Webhooks of the forge');
  for (const host of around.hooks.hosts)
    new Route53Record(stack, `hooks-${idOf(host)}`, {
      provider,
      zoneId: around.hooks.zone,
      name: host,
      type: 'A',
      alias: { name: outer.balancer.dnsName, zoneId: outer.balancer.zoneId, evaluateTargetHealth: false },
    });
  const bound = [names(cluster.name), hooks(cluster.name)].map(({ targetGroup }) => targetGroup);
  programRole(scope, region, cluster, 'load-balancer-controller', bindingStatements(region, bound));
}

/** A TargetGroupBinding registers pods in these target groups; the controller makes no load balancer. */
const bindingStatements = (region: Region, targetGroups: readonly string[]): Statement[] => [
  {
    sid: 'Register',
    actions: ['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets'],
    resources: targetGroups.map((name) => arn(region, 'elasticloadbalancing', `targetgroup/${name}/*`)),
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
