import { DataAwsLb } from '@cdktn/provider-aws/lib/data-aws-lb/index.js';
import { clients } from '../../entrance/tokens.ts';
import { canary, clusters, edge, entranceHosts } from '../../overlays/names.ts';
import type { Scope } from '../stack.ts';

/** What dr-readiness needs to ask by Tokyo's whole entrance: where, by which name, and with what. */
export function canaryVariables(scope: Scope, domain: string): Record<string, string> {
  const { origin, signIn } = entranceHosts(domain);
  const balancer = new DataAwsLb(scope.stack, 'edge', {
    provider: scope.provider('tokyo'),
    name: edge(clusters.tokyo.name).loadBalancer,
  });
  return {
    DR_ENTRANCE_TOKYO: balancer.dnsName,
    DR_ENTRANCE_NAME: origin,
    DR_CANARY_TOKEN: `https://${signIn[clients.canary.pool]}/oauth2/token`,
    DR_CANARY_SECRET: canary.secret,
  };
}
