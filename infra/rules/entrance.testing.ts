import { siteBucket } from '../../overlays/names.ts';
import { tokyo } from '../../overlays/regions/tokyo.ts';
import type { Json } from './stacks.ts';

const first = (of: Record<string, Json>): Json => Object.values(of)[0];
const named = (of: Record<string, Json>, end: string): Json =>
  Object.values(of).find(({ name }: Json) => name.endsWith(end));
const rules = ({ site }: Json): Json[] => site.locals['web-acl-rules'];
const group = ({ tokyo }: Json, end: string) =>
  Object.entries<Json>(tokyo.resource.aws_security_group).find(([, { name }]) => name.endsWith(end))?.[0];
const letIn = (all: Json, end: string, from: object) => {
  all.tokyo.resource.aws_vpc_security_group_ingress_rule.planted = {
    security_group_id: `\${aws_security_group.${group(all, end)}.id}`,
    provider: 'aws.tokyo',
    ...from,
  };
};

/** Of each rule of entrance.ts, changes that it must find. */
export const badEntrances: Record<string, ((stacks: Json) => void)[]> = {
  'CloudFront, its firewall and its certificates are set up in its own region, and nothing of a failover is': [
    ({ site }) => (first(site.resource.aws_wafv2_web_acl).provider = 'aws.tokyo'),
    ({ site }) => (first(site.resource.aws_acm_certificate_validation).provider = 'aws.seoul'),
    (all) => (first(all['sign-in'].resource.aws_cognito_user_pool_domain).certificate_arn = 'arn:elsewhere'),
    ({ traffic, site }) => {
      traffic.provider.aws.push(site.provider.aws.find(({ alias }: Json) => alias === 'global'));
      traffic.resource.aws_route53_record.origin.provider = 'aws.global';
    },
  ],
  'pages are read by our distribution alone': [
    ({ site }) => (first(site.resource.aws_cloudfront_origin_access_control).signing_behavior = 'never'),
    ({ site }) => delete site.resource.aws_cloudfront_distribution.site.origin[0].origin_access_control_id,
    ({ site: { locals } }) => {
      const [policy] = Object.keys(locals).filter((name) => name.startsWith(`policy-bucket-${siteBucket(tokyo)}`));
      delete locals[policy as string].Statement.find(({ Sid }: Json) => Sid === 'Distribution').Condition;
    },
  ],
  'no request decides what others get: CloudFront keeps no error, and sends the origin nothing that is not in the key':
    [
      ({ site }) => site.resource.aws_cloudfront_distribution.site.custom_error_response.pop(),
      ({ site }) => {
        const kept: Json[] = site.resource.aws_cloudfront_distribution.site.custom_error_response;
        kept.find(({ error_code: code }) => code === 414).error_caching_min_ttl = 10;
      },
      ({ site: { resource } }) => {
        const [cached] = resource.aws_cloudfront_distribution.site.ordered_cache_behavior;
        cached.origin_request_policy_id = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
      },
      ({ site: { resource } }) => {
        const { default_cache_behavior: pages, ordered_cache_behavior: api } =
          resource.aws_cloudfront_distribution.site;
        pages.origin_request_policy_id = api.at(-1).origin_request_policy_id;
      },
    ],
  'nothing talks less than TLS 1.2': [
    ({ site: { resource } }) =>
      (resource.aws_cloudfront_distribution.site.viewer_certificate.minimum_protocol_version = 'TLSv1'),
    ({ site }) =>
      site.resource.aws_cloudfront_distribution.site.origin[1].custom_origin_config.origin_ssl_protocols.push('TLSv1'),
    ({ site: { resource } }) =>
      (resource.aws_cloudfront_distribution.site.default_cache_behavior.viewer_protocol_policy = 'allow-all'),
    ({ site }) =>
      delete site.resource.aws_cloudfront_distribution.site.ordered_cache_behavior[0].response_headers_policy_id,
    ({ site: { resource } }) =>
      (first(
        resource.aws_cloudfront_response_headers_policy,
      ).security_headers_config.strict_transport_security.access_control_max_age_sec = 60),
    (all) => (first(all['gateway-tokyo'].resource.aws_api_gateway_domain_name).security_policy = 'TLS_1_0'),
    ({ seoul }) =>
      (seoul.resource.aws_lb_listener['listener-eks-cluster-ingress'].ssl_policy = 'ELBSecurityPolicy-2016-08'),
    ({ seoul }) => (seoul.resource.aws_lb_listener['edge-listener'].port = 80),
  ],
  'API Gateway is reached by its endpoint alone, and its answers come from the document': [
    (all) => (all['gateway-tokyo'].resource.aws_api_gateway_rest_api.api.endpoint_configuration.types = ['REGIONAL']),
    (all) => (all['gateway-tokyo'].resource.aws_api_gateway_rest_api.api.disable_execute_api_endpoint = false),
    (all) => (all['gateway-seoul'].resource.aws_api_gateway_rest_api.api.put_rest_api_mode = 'merge'),
    (all) => all['gateway-seoul'].locals['api-document']['x-amazon-apigateway-policy'].Statement.pop(),
    (all) => delete all['gateway-seoul'].resource.aws_api_gateway_deployment.deployment.triggers,
  ],
  'CloudFront, DNS and both gateways have one name for the origin': [
    ({ site: { resource } }) => (resource.aws_cloudfront_distribution.site.origin[1].domain_name = 'api.other.example'),
    (all) => (all['gateway-tokyo'].resource.aws_api_gateway_domain_name.domain.domain_name = 'api.other.example'),
    ({ traffic }) => (traffic.resource.aws_route53_record.origin.name = 'other.tickets.example'),
    (all) => delete all['gateway-tokyo'],
  ],
  'a load balancer lets in whom it is for': [
    (all) => letIn(all, '-ingress', { cidr_ipv4: '0.0.0.0/0' }),
    (all) => letIn(all, '-ingress', { cidr_ipv4: '203.0.113.0/24' }),
    (all) => letIn(all, '-edge', { prefix_list_id: 'another' }),
    (all) => letIn(all, '-hooks', { prefix_list_id: 'another' }),
    ({ tokyo }) => (named(tokyo.resource.aws_lb, '-edge').internal = false),
    ({ tokyo }) => (tokyo.resource.aws_vpc_security_group_ingress_rule = {}),
  ],
  'the accelerator sends to the edge': [
    ({ traffic }) => (traffic.data.aws_lb['edge-tokyo'].name = 'dr-eks-cluster-ingress'),
    ({ traffic }) => (first(traffic.resource.aws_globalaccelerator_endpoint_group).provider = 'aws.tokyo'),
  ],
  'the firewall fits its price and the rules of AWS': [
    (all) => rules(all).push(...structuredClone(rules(all))),
    (all) => (rules(all)[2].Statement.RateBasedStatement.EvaluationWindowSec = 90),
    (all) => (rules(all)[2].Statement.RateBasedStatement.Limit = 9),
    (all) => (rules(all)[1].Priority = 0),
    (all) => (rules(all)[0].Statement.ManagedRuleGroupStatement.Name = 'AWSManagedRulesUnknown'),
    (all) => (rules(all)[0].Action = { Block: {} }),
    (all) => delete rules(all)[2].Action,
  ],
  'keys let less through than the account may': [
    (all) => (first(all['gateway-tokyo'].resource.aws_api_gateway_usage_plan).throttle_settings.rate_limit = 10_001),
    (all) => delete all['gateway-seoul'].resource.aws_api_gateway_usage_plan,
  ],
};
