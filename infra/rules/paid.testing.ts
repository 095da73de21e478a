import type { Json } from './stacks.ts';

const first = (of: Record<string, Json>): Json => Object.values(of)[0];

/** Of the rule of paid.ts, changes that it must find. */
export const badPaid: Record<string, ((stacks: Json) => unknown)[]> = {
  'what costs while nobody uses it is on the list, and Shield Standard is all': [
    ({ site }) => (site.resource.aws_shield_subscription = { paid: { provider: 'aws.global' } }),
    ({ tokyo }) => (tokyo.resource.aws_shield_protection = { paid: { provider: 'aws.tokyo' } }),
    ({ tokyo }) => (tokyo.resource.aws_networkfirewall_firewall = { paid: { provider: 'aws.tokyo' } }),
    ({ data }) => (data.resource.aws_acmpca_certificate_authority = { paid: { provider: 'aws.seoul' } }),
    ({ data }) => (data.resource.aws_rds_cluster_endpoint = { free: { provider: 'aws.seoul' } }),
    ({ site }) => {
      const group = site.locals['web-acl-rules'].find(({ Statement }: Json) => Statement.ManagedRuleGroupStatement);
      group.Statement.ManagedRuleGroupStatement.Name = 'AWSManagedRulesAntiDDoSRuleSet';
    },
    ({ seoul }) => (first(seoul.resource.aws_eks_cluster).upgrade_policy.support_type = 'EXTENDED'),
    ({ site }) => (first(site.resource.aws_cloudfront_distribution).viewer_certificate.ssl_support_method = 'vip'),
    ({ seoul }) => {
      const [endpoint] = Object.values<Json>(seoul.resource.aws_vpc_endpoint);
      Object.assign(endpoint, { vpc_endpoint_type: 'Interface', service_name: 'com.amazonaws.ap-northeast-2.ecr.dkr' });
    },
  ],
};
